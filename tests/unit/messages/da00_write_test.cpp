#include "messages/codec/da00.hpp"
#include "messages/ids.hpp"
#include "random_arrays.hpp"
#include "raw_messages.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace da00_write_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (auto b : bytes)
    text += fmt::format("{:02x}", b);
  return text;
}

// A cumulative monitor histogram: three bins of 10 ms.
data_array histogram() {
  data_array array{
    "Histogram", make_vector<double>("time_of_arrival", {4, 0, 9}, "counts"), std::vector<double>{4, 0, 9}, {}};
  array.set_coord("time_of_arrival", make_vector<double>("time_of_arrival", {0, 10, 20, 30}, "ms"));
  array.set_coord("start_time", make_scalar<std::int64_t>(1'767'225'600'000'000'000, "ns"));
  array.set_coord("time", make_scalar<std::int64_t>(1'767'225'601'000'000'000, "ns"));
  return array;
}

// What a variable becomes on the way: scalars are widened, 32 bit points in time too.
variable widened(variable v) {
  const bool time = v.unit && v.unit->starts_with("datetime64");
  const auto* ints = std::get_if<std::vector<std::int32_t>>(&v.data);
  if (ints && (v.dims.empty() || time)) v.data = std::vector<std::int64_t>(ints->begin(), ints->end());
  if (const auto* floats = std::get_if<std::vector<float>>(&v.data); floats && v.dims.empty())
    v.data = std::vector<double>(floats->begin(), floats->end());
  return v;
}

data_array widened(data_array a) {
  a.data = widened(std::move(a.data));
  if (a.variances) a.variances = widened({a.data.dims, a.data.shape, {}, *a.variances}).data;
  for (auto& [name, coord] : a.coords)
    coord = widened(std::move(coord));
  return a;
}

} // namespace

TEST_CASE("a histogram goes out as signal, errors and coordinates in their order") {
  const auto job = *parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e");
  const auto key = result_key({"dummy", "monitor_histogram", 1}, {"monitor1", job}, "cumulative");
  CHECK(key.size() == 192);
  const auto wire = parse_raw_da00(da00::write(key, timestamp{1'767'225'600'000'000'000}, histogram()));
  CHECK(wire.source == key);
  CHECK(wire.time == 1'767'225'600'000'000'000);
  REQUIRE(wire.variables.size() == 5);

  struct expectation {
    std::string name, unit;
    std::optional<std::string> label;
    int type;
    std::vector<std::string> axes;
    std::vector<std::int64_t> shape;
    std::string data;
  };

  const std::string toa = "time_of_arrival";
  const std::vector<expectation> expected{
    {"signal", "counts", "Histogram", 10, {toa}, {3}, "000000000000104000000000000000000000000000002240"},
    {"errors", "counts", {}, 10, {toa}, {3}, "000000000000004000000000000000000000000000000840"},
    {toa, "ms", {}, 10, {toa}, {4}, "0000000000000000000000000000244000000000000034400000000000003e40"},
    {"start_time", "ns", {}, 7, {}, {}, "0000faed51728618"},
    {"time", "ns", {}, 7, {}, {}, "00ca942952728618"},
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& v = wire.variables[i];
    CAPTURE(v.name);
    CHECK(v.name == expected[i].name);
    CHECK(v.unit == expected[i].unit);
    CHECK(v.label == expected[i].label);
    CHECK(v.data_type == expected[i].type);
    // Axes are written even if there are none.
    CHECK(v.axes == expected[i].axes);
    CHECK(v.shape == expected[i].shape);
    CHECK(hex(v.data) == expected[i].data);
  }
}

TEST_CASE("an array without name and unit goes out with an empty label and no unit") {
  const auto wire = parse_raw_da00(da00::write("", timestamp{0}, {"", make_scalar(1.0, std::nullopt), {}, {}}));
  REQUIRE(wire.variables.size() == 1);
  CHECK(wire.variables[0].label == "");
  CHECK(wire.variables[0].unit == std::nullopt);
  CHECK(wire.variables[0].axes == std::vector<std::string>{});
  CHECK(wire.variables[0].shape.empty());
  CHECK(wire.variables[0].data.size() == 8);
}

TEST_CASE("every element type goes out as itself") {
  const auto type = [](auto numbers) {
    const auto wire = parse_raw_da00(da00::write("s", {}, {"", make_vector("x", numbers, "m"), {}, {}}));
    return static_cast<int>(wire.variables[0].data_type);
  };
  CHECK(type(std::vector<double>{1}) == 10);
  CHECK(type(std::vector<float>{1}) == 9);
  CHECK(type(std::vector<std::int64_t>{1}) == 7);
  CHECK(type(std::vector<std::int32_t>{1}) == 5);
}

TEST_CASE("empty arrays keep their shape and unit") {
  const data_array array{"n", {{"y", "x"}, {0, 4}, "counts", std::vector<float>{}}, std::vector<float>{}, {}};
  CHECK(da00::read(da00::write("s", {}, array))->data == array);
}

TEST_CASE("any data array survives the way through write and read") {
  array_maker maker(1);
  for (int i = 0; i < 2'000; ++i) {
    const auto array = maker.make();
    const timestamp time{i % 2 == 0 ? i : -i};
    const auto bytes = da00::write("source " + std::to_string(i), time, array);
    const placed copy(bytes, static_cast<std::size_t>(i) % 8);
    const auto m = da00::read(copy.bytes());
    CAPTURE(i);
    REQUIRE_MESSAGE(m, m.error().message);
    REQUIRE(m->source_name == "source " + std::to_string(i));
    REQUIRE(m->time == time);
    REQUIRE(m->data == widened(array));
    REQUIRE(da00::write(m->source_name, m->time, m->data) == da00::write(m->source_name, m->time, widened(array)));
  }
}

TEST_CASE("an inconsistent data array is not written, and the error says what is wrong") {
  const auto error = [](auto change) {
    auto array = histogram();
    change(array);
    try {
      da00::write("here", {}, array);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("written");
  };
  const auto says = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    return text.find(part) != std::string::npos;
  };
  CHECK(error([](auto&) {}) == "written");
  CHECK(says(error([](auto& a) { a.data.shape = {4}; }), "'Histogram' of here: data: shape [4]"));
  CHECK(says(error([](auto& a) { a.variances = std::vector<double>{1}; }), "variances: there must be one"));
  CHECK(says(error([](auto& a) { a.variances = std::vector<float>(3); }), "variances: their type"));
  CHECK(says(error([](auto& a) { a.data.data = std::vector<std::int64_t>(3); }), "variances: only floating-point"));
  CHECK(says(error([](auto& a) { a.set_coord("signal", make_scalar(1.0, {})); }),
             "coordinate 'signal': the name is taken"));
  CHECK(says(error([](auto& a) { a.set_coord("errors", make_scalar(1.0, {})); }),
             "coordinate 'errors': the name is taken"));
  CHECK(says(error([](auto& a) { a.coords.push_back(a.coords[1]); }), "coordinate 'start_time': there are two"));
  CHECK(says(error([](auto& a) { a.coords[0].second.shape = {5}; }), "coordinate 'time_of_arrival': shape [5]"));
  CHECK(says(error([](auto& a) { a.coords[0].second = make_vector<double>("time_of_arrival", {1}, {}); }),
             "its length along 'time_of_arrival' is 1, that of the data 3"));
}

} // namespace da00_write_test
