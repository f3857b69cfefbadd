#include "messages/data_array.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace data_array_test {

using namespace livedata;

TEST_CASE("the number of values does not depend on their type") {
  CHECK(size_of(values{std::vector<double>{1, 2}}) == 2);
  CHECK(size_of(values{std::vector<float>{}}) == 0);
  CHECK(size_of(values{std::vector<std::int64_t>{1}}) == 1);
  CHECK(size_of(values{std::vector<std::int32_t>{1, 2, 3}}) == 3);
}

TEST_CASE("a coordinate is found by name, and replaced in its place") {
  data_array array;
  array.set_coord("x", make_scalar(1.0, "m"));
  array.set_coord("y", make_scalar(2.0, "m"));
  array.set_coord("x", make_scalar(3.0, "mm"));
  REQUIRE(array.coords.size() == 2);
  CHECK(array.coords[0].first == "x");
  REQUIRE(array.coord("x"));
  CHECK(*array.coord("x") == make_scalar(3.0, "mm"));
  CHECK(*array.coord("y") == make_scalar(2.0, "m"));
  CHECK(array.coord("z") == nullptr);
}

TEST_CASE("no unit is something else than unit one") {
  CHECK(make_scalar(1.0, std::nullopt) != make_scalar(1.0, "dimensionless"));
}

TEST_CASE("a variable is consistent if dimensions, sizes and number of values agree") {
  const values six = std::vector<double>(6);
  CHECK(!inconsistency(make_vector<double>("x", {1, 2, 3}, "m")));
  CHECK(!inconsistency(make_scalar(1.0, std::nullopt)));
  CHECK(!inconsistency({{"y", "x"}, {2, 3}, {}, six}));
  CHECK(!inconsistency({{"y", "x"}, {0, 3}, {}, std::vector<double>{}}));
  CHECK(!inconsistency({{"y", "x"}, {std::numeric_limits<std::int64_t>::max(), 0}, {}, std::vector<double>{}}));
}

TEST_CASE("an inconsistent variable is told by what is wrong with it") {
  const values six = std::vector<double>(6);
  const auto text = [](const variable& v) { return inconsistency(v).value_or("consistent"); };
  CHECK(text({{"x"}, {2, 3}, {}, six}).find("1 dimensions (x) but 2 sizes") != std::string::npos);
  CHECK(text({{"y", "x"}, {2, 2}, {}, six}).find("shape [2, 2] does not go with 6 values") != std::string::npos);
  CHECK(text({{"x", "x"}, {2, 3}, {}, six}).find("'x' stands twice") != std::string::npos);
  CHECK(text({{"y", "x"}, {-2, -3}, {}, six}).find("size -2 of dimension 'y' is negative") != std::string::npos);
  CHECK(text({{}, {}, {}, six}).find("shape [] does not go with 6 values") != std::string::npos);
  CHECK(text({{}, {}, {}, std::vector<double>{}}).find("0 values") != std::string::npos);
  // A product that wraps around to 0 must not pass for an empty array.
  constexpr auto big = std::int64_t{1} << 32;
  CHECK(text({{"y", "x"}, {big, big}, {}, std::vector<double>{}}).find("does not go with 0 values") !=
        std::string::npos);
}

} // namespace data_array_test
