// Arrays at the resolution of a screen.
#include "actors/view/http/array_scaling.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace array_scaling_test {

using namespace livedata;
using namespace livedata::test;

namespace {

template <class T>
const std::vector<T>& numbers(const variable& v) {
  return std::get<std::vector<T>>(v.data);
}

} // namespace

TEST_CASE("counts are added up: the total stays, whatever the sizes") {
  for (std::int64_t rows : {1, 2, 5, 7})
    for (std::int64_t columns : {1, 3, 8}) {
      std::vector<double> n(static_cast<std::size_t>(rows * columns));
      std::iota(n.begin(), n.end(), 1.0);
      for (std::int64_t w : {1, 2, 3, 100})
        for (std::int64_t h : {1, 2, 4}) {
          const auto s = scaled_to(image_of(n, rows, columns), {w, h});
          CHECK(s.has_value() == (w < columns || h < rows));
          if (!s) continue;
          CHECK(s->array.data.shape[0] <= h);
          CHECK(s->array.data.shape[1] <= w);
          CHECK(!inconsistency(s->array.data));
          const auto& out = numbers<double>(s->array.data);
          CHECK(std::accumulate(out.begin(), out.end(), 0.0) == std::accumulate(n.begin(), n.end(), 0.0));
        }
    }
}

TEST_CASE("blocks of counts, and their variances, are added up") {
  auto a = image_of({1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
  a.variances = std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8};
  const auto s = scaled_to(a, {2, 1});
  REQUIRE(s);
  CHECK(s->by_y == 2);
  CHECK(s->by_x == 2);
  CHECK(numbers<double>(s->array.data) == std::vector<double>{14, 22});
  CHECK(std::get<std::vector<double>>(*s->array.variances) == std::vector<double>{14, 22});
}

TEST_CASE("what are no counts is averaged, without what is no number; its variances are those of the mean") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  auto a = image_of({1, 3, nan, 4, nan, nan}, 1, 6, "m");
  a.variances = std::vector<double>{1, 1, nan, 1, nan, nan};
  const auto s = scaled_to(a, {3, 10});
  REQUIRE(s);
  CHECK(numbers<double>(s->array.data)[0] == 2);
  CHECK(numbers<double>(s->array.data)[1] == 4);
  CHECK(std::isnan(numbers<double>(s->array.data)[2]));
  CHECK(std::get<std::vector<double>>(*s->array.variances)[0] == 0.5);
}

TEST_CASE("whole numbers do not run over") {
  auto a = image_of({}, 1, 2);
  a.data.data = std::vector<std::int32_t>{2'000'000'000, 2'000'000'000};
  const auto s = scaled_to(a, {1, 1});
  REQUIRE(s);
  CHECK(numbers<std::int64_t>(s->array.data) == std::vector<std::int64_t>{4'000'000'000});
}

TEST_CASE("edges stay edges, points become means, and coordinates of two dimensions are left out") {
  auto a = image_of({1, 2, 3, 4, 5, 6}, 2, 3);
  a.set_coord("x", make_vector<double>("x", {0, 1, 2, 3}, "m"));
  a.set_coord("centre", make_vector<double>("x", {0.5, 1.5, 2.5}, "m"));
  a.set_coord("y", make_vector<double>("y", {0, 10, 20}, "m"));
  a.set_coord("both", {{"y", "x"}, {2, 3}, "m", std::vector<double>(6)});
  a.set_coord("time", make_scalar<std::int64_t>(5, "ns"));
  const auto s = scaled_to(a, {2, 2});
  REQUIRE(s);
  CHECK(numbers<double>(*s->array.coord("x")) == std::vector<double>{0, 2, 3});
  CHECK(numbers<double>(*s->array.coord("centre")) == std::vector<double>{1, 2.5});
  CHECK(numbers<double>(*s->array.coord("y")) == std::vector<double>{0, 10, 20});
  CHECK(s->array.coord("both") == nullptr);
  CHECK(s->array.coord("time") != nullptr);
  CHECK_NOTHROW((void)da00::write("s", {0}, s->array));
}

TEST_CASE("planes of a volume are scaled one by one; curves along their length; scalars not at all") {
  data_array volume;
  volume.data = {{"z", "y", "x"}, {2, 2, 2}, "counts", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}};
  const auto s = scaled_to(volume, {1, 1});
  REQUIRE(s);
  CHECK(numbers<double>(s->array.data) == std::vector<double>{10, 26});
  data_array curve;
  curve.data = make_vector<float>("tof", {1, 2, 3}, "counts");
  CHECK(numbers<float>(scaled_to(curve, {2, 1})->array.data) == std::vector<float>{3, 3});
  data_array scalar;
  scalar.data = make_scalar(1.0, "counts");
  CHECK(!scaled_to(scalar, {1, 1}));
}

} // namespace array_scaling_test
