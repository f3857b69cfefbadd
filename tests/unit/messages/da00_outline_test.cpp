// What a da00 message holds, without its numbers.
#include "messages/codec/da00.hpp"

#include <doctest/doctest.h>

namespace da00_outline_test {

using namespace livedata;

TEST_CASE("the outline of a message is that of the array that was written") {
  data_array a;
  a.name = "Image";
  a.data = {{"y", "x"}, {2, 3}, "counts", std::vector<float>(6)};
  a.variances = std::vector<float>(6);
  a.set_coord("x", make_vector<double>("x", {0, 1, 2, 3}, "m"));
  const auto o = da00::read_outline(da00::write("s", {5}, a));
  REQUIRE(o);
  CHECK(o->label == "Image");
  CHECK(o->dims == a.data.dims);
  CHECK(o->shape == a.data.shape);
  CHECK(o->unit == a.data.unit);
  CHECK(o->element_type == "float32");
  CHECK(o->has_errors);
  CHECK(o->time_axes.empty());
}

TEST_CASE("a scalar has no dimensions, no unit is none, and an axis of points in time is one") {
  data_array scalar;
  scalar.data = make_scalar<std::int64_t>(3, std::nullopt);
  const auto o = da00::read_outline(da00::write("s", {5}, scalar));
  REQUIRE(o);
  CHECK(o->dims.empty());
  CHECK(o->shape.empty());
  CHECK(!o->unit);
  CHECK(o->element_type == "int64");
  data_array series;
  series.data = make_vector<double>("time", {1, 2}, "K");
  series.set_coord("time", make_vector<std::int64_t>("time", {1, 2}, "datetime64[ns]"));
  CHECK(da00::read_outline(da00::write("s", {5}, series))->time_axes == std::vector<std::string>{"time"});
}

TEST_CASE("the outline of a damaged message is refused, wherever it is cut") {
  data_array a;
  a.data = make_vector<double>("x", {1, 2, 3}, "m");
  auto bytes = da00::write("s", {5}, a);
  while (!bytes.empty()) {
    bytes.pop_back();
    const auto whole = da00::read(bytes);
    CHECK(da00::read_outline(bytes).has_value() == whole.has_value());
  }
}

} // namespace da00_outline_test
