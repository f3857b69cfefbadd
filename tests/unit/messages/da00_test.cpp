#include "messages/codec/da00.hpp"
#include "raw_messages.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace da00_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Numbers of the manifest, however deeply nested, in order.
void flatten(const nlohmann::json& numbers, std::vector<nlohmann::json>& out) {
  if (!numbers.is_array()) return out.push_back(numbers);
  for (const auto& n : numbers)
    flatten(n, out);
}

// The alternative of `values` that holds an element type of the wire.
std::size_t index_in_memory(const std::string& dtype, bool scalar) {
  enum { float64, float32, int64, int32 };

  const bool floating = dtype.starts_with("float");
  if (scalar) return floating ? float64 : int64;
  if (dtype == "float64" || dtype == "uint64") return float64;
  if (dtype == "float32") return float32;
  return dtype == "int64" || dtype == "uint32" ? int64 : int32;
}

void check_variable(const variable& v, const nlohmann::json& entry) {
  CHECK(v.dims == entry.at("axes").get<std::vector<std::string>>());
  CHECK(v.shape == entry.at("shape").get<std::vector<std::int64_t>>());
  CHECK(v.unit.has_value() == !entry.at("unit").is_null());
  if (v.unit) CHECK(*v.unit == entry.at("unit").get<std::string>());
  CHECK(v.data.index() == index_in_memory(entry.at("dtype"), v.dims.empty()));
  std::vector<nlohmann::json> expected;
  flatten(entry.at("data"), expected);
  std::visit(
    [&]<class T>(const std::vector<T>& numbers) {
      REQUIRE(numbers.size() == expected.size());
      for (std::size_t i = 0; i < numbers.size(); ++i)
        CHECK(numbers[i] == expected[i].get<T>());
    },
    v.data);
}

result<da00::message> read_raw(const std::vector<raw_variable>& variables) {
  return da00::read(raw_da00(variables));
}

// The signal of a message that has only that.
variable signal_of(const raw_variable& v) {
  return read_raw({v})->data.data;
}

const auto ones = raw_vector<double>("signal", "x", {1, 1, 1}, "counts");

} // namespace

TEST_CASE("recorded da00 messages hold what their writer put in") {
  for (const auto& entry : recorded("da00")) {
    CAPTURE(entry.at("file").get<std::string>());
    const auto m = da00::read(load(entry.at("file")));
    REQUIRE(m);
    CHECK(m->source_name == entry.at("source_name").get<std::string>());
    CHECK(m->time.ns == entry.at("timestamp_ns").get<std::int64_t>());
    std::size_t coords = 0;
    for (const auto& v : entry.at("variables")) {
      const auto name = v.at("name").get<std::string>();
      CAPTURE(name);
      if (name == "signal") {
        CHECK(m->data.name == v.at("label").get<std::string>());
        check_variable(m->data.data, v);
      } else if (name == "errors") {
        REQUIRE(m->data.variances);
        const auto& variances = std::get<std::vector<double>>(*m->data.variances);
        const auto deviations = v.at("data").get<std::vector<double>>();
        REQUIRE(variances.size() == deviations.size());
        for (std::size_t i = 0; i < variances.size(); ++i)
          CHECK(variances[i] == deviations[i] * deviations[i]);
      } else if (v.at("dtype") == "c_string") {
        CHECK(m->data.coord(name) == nullptr);
      } else {
        REQUIRE(m->data.coord(name));
        check_variable(*m->data.coord(name), v);
        ++coords;
      }
    }
    CHECK(m->data.coords.size() == coords);
  }
}

TEST_CASE("a recorded da00 message reads the same after it was written anew, and at any alignment") {
  for (const auto& entry : recorded("da00")) {
    CAPTURE(entry.at("file").get<std::string>());
    const auto original = load(entry.at("file"));
    const auto m = *da00::read(original);
    const auto again = da00::read(da00::write(m.source_name, m.time, m.data));
    REQUIRE(again);
    CHECK(again->source_name == m.source_name);
    CHECK(again->time == m.time);
    CHECK(again->data.coords == m.data.coords);
    CHECK(again->data.data == m.data.data);
    for (std::size_t offset = 1; offset < 8; ++offset) {
      const placed copy(original, offset);
      const auto moved = da00::read(copy.bytes());
      REQUIRE(moved);
      CHECK(moved->data == m.data);
    }
  }
}

TEST_CASE("elements of array type are widened to the types that a data array has") {
  const auto data = [](auto numbers) { return signal_of(raw_vector("signal", "x", numbers)).data; };
  CHECK(data(std::vector<std::int8_t>{-128, 127}) == values{std::vector<std::int32_t>{-128, 127}});
  CHECK(data(std::vector<std::uint8_t>{0, 255}) == values{std::vector<std::int32_t>{0, 255}});
  CHECK(data(std::vector<std::int16_t>{-32'768}) == values{std::vector<std::int32_t>{-32'768}});
  CHECK(data(std::vector<std::uint16_t>{65'535}) == values{std::vector<std::int32_t>{65'535}});
  CHECK(data(std::vector<std::int32_t>{-7}) == values{std::vector<std::int32_t>{-7}});
  CHECK(data(std::vector<std::uint32_t>{4'294'967'295}) == values{std::vector<std::int64_t>{4'294'967'295}});
  CHECK(data(std::vector<std::int64_t>{-7}) == values{std::vector<std::int64_t>{-7}});
  CHECK(data(std::vector<std::uint64_t>{1ULL << 63}) == values{std::vector<double>{9'223'372'036'854'775'808.0}});
  CHECK(data(std::vector<float>{1.5F}) == values{std::vector<float>{1.5F}});
  CHECK(data(std::vector<double>{1.5}) == values{std::vector<double>{1.5}});
}

TEST_CASE("scalars are int64 or float64") {
  const auto data = [](auto number) { return signal_of(raw_scalar("signal", number)).data; };
  CHECK(data(std::int8_t{-1}) == values{std::vector<std::int64_t>{-1}});
  CHECK(data(std::uint16_t{9}) == values{std::vector<std::int64_t>{9}});
  CHECK(data(std::int32_t{9}) == values{std::vector<std::int64_t>{9}});
  CHECK(data(std::uint64_t{9}) == values{std::vector<std::int64_t>{9}});
  CHECK(data((std::uint64_t{1} << 63) - 1) == values{std::vector{std::numeric_limits<std::int64_t>::max()}});
  CHECK(data(std::uint64_t{1} << 63) == values{std::vector<double>{9'223'372'036'854'775'808.0}});
  CHECK(data(1.5F) == values{std::vector<double>{1.5}});
  CHECK(data(1.5) == values{std::vector<double>{1.5}});
}

TEST_CASE("points in time stay exact integers with their unit") {
  const std::vector<std::int64_t> times{1'790'000'000'001'000'003, -1};
  CHECK(signal_of(raw_vector("signal", "x", times, "datetime64[ns]")) == make_vector("x", times, "datetime64[ns]"));
  CHECK(signal_of(raw_vector<std::uint64_t>("signal", "x", {1'790'000'000'001'000'003}, "datetime64[ns]")) ==
        make_vector<std::int64_t>("x", {1'790'000'000'001'000'003}, "datetime64[ns]"));
  CHECK(signal_of(raw_vector<std::int32_t>("signal", "x", {19'723, 19'724}, "datetime64[D]")) ==
        make_vector<std::int64_t>("x", {19'723, 19'724}, "datetime64[D]"));
  CHECK(signal_of(raw_scalar("signal", times[0], "datetime64[ns]")) == make_scalar(times[0], "datetime64[ns]"));
}

TEST_CASE("absent axes, label and unit are no axes, no name and no unit; an empty unit is unit one") {
  auto v = raw_scalar("signal", 1.0);
  v.axes.reset();
  auto m = read_raw({v});
  REQUIRE(m);
  CHECK(m->data.data == make_scalar(1.0, std::nullopt));
  CHECK(m->data.name.empty());
  v.unit = "";
  CHECK(signal_of(v).unit == "dimensionless");
  v.unit = "furlong per fortnight";
  CHECK(signal_of(v).unit == v.unit);
  v.shape = {1};
  CHECK(signal_of(v).shape.empty());
}

TEST_CASE("of variables with the same name the last one counts") {
  const auto m = read_raw({raw_vector<double>("signal", "y", {9, 9}), raw_scalar("a", 1.0), raw_scalar("b", 2.0),
                           raw_scalar("a", 3.0), ones});
  REQUIRE(m);
  CHECK(m->data.data.dims == std::vector<std::string>{"x"});
  REQUIRE(m->data.coords.size() == 2);
  CHECK(*m->data.coord("a") == make_scalar(3.0, std::nullopt));
}

TEST_CASE("coordinates along foreign axes and texts are left out, bin edges and scalars kept") {
  raw_variable text{"note", {}, {}, 11, std::vector<std::string>{}, {2}, {'h', 'i'}};
  raw_variable mixed{"mixed", {}, {}, 0, std::vector<std::string>{"x", "frame"}, {3, 2}, {}};
  mixed.set(std::vector<double>(6));
  const auto m = read_raw({raw_vector<std::int64_t>("reference_time", "frame", {1, 2}, "ns"), ones, mixed, text,
                           raw_vector<double>("x", "x", {0, 1, 2, 3}, "m"), raw_vector<double>("mid", "x", {0, 1, 2}),
                           raw_scalar("time", std::int64_t{7}, "ns")});
  REQUIRE(m);
  std::vector<std::string> names;
  for (const auto& [name, coord] : m->data.coords)
    names.push_back(name);
  CHECK(names == std::vector<std::string>{"x", "mid", "time"});
}

TEST_CASE("errors are the roots of variances") {
  data_array array{"n", make_vector<double>("x", {10, 20, 30}, "counts"), std::vector<double>{1, 4, 9}, {}};
  const auto bytes = da00::write("s", {}, array);
  const auto wire = parse_raw_da00(bytes);
  REQUIRE(wire.variables.size() == 2);
  auto expected = raw_vector<double>("errors", "x", {1, 2, 3}, "counts");
  CHECK(wire.variables[1].data == expected.data);
  CHECK(da00::read(bytes)->data == array);

  // Whatever type they have, the variances get that of the signal.
  const auto m = read_raw({raw_vector<float>("signal", "x", {1, 2}), raw_vector<std::int16_t>("errors", "x", {3, -4})});
  REQUIRE(m);
  CHECK(*m->data.variances == values{std::vector<float>{9, 16}});
}

TEST_CASE("a da00 message that makes no sense is refused for a reason that names the variable") {
  const auto reason = [](const std::vector<raw_variable>& variables, std::string_view culprit) {
    const auto m = read_raw(variables);
    if (m) return std::string("accepted");
    CHECK(m.error().message.find("da00 message of 'source', variable '" + std::string(culprit) + "'") == 0);
    return std::string(m.error().reason);
  };
  const auto with = [](raw_variable v, auto change) { return change(v), v; };
  CHECK(reason({ones}, "") == "accepted");
  CHECK(reason({}, "signal") == "missing_field");
  CHECK(reason({raw_scalar("x", 1.0)}, "signal") == "missing_field");

  CHECK(reason({with(ones, [](auto& v) { v.shape = {4}; })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.shape = {3, 1}; })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.shape = {-3}; })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.axes = {"x", "x"}, v.shape = {3, 1}; })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.data.pop_back(); })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.axes.reset(); })}, "signal") == "shape_mismatch");
  CHECK(reason({with(ones, [](auto& v) { v.axes.reset(), v.shape = {}; })}, "signal") == "shape_mismatch");
  CHECK(reason({with(raw_scalar("signal", 1.0), [](auto& v) { v.data.clear(); })}, "signal") == "shape_mismatch");
  CHECK(reason({ones, with(raw_scalar("a", 1.0), [](auto& v) { v.data.pop_back(); })}, "a") == "shape_mismatch");
  CHECK(reason({ones, raw_vector<double>("x", "x", {1, 2})}, "x") == "shape_mismatch");
  CHECK(reason({ones, raw_vector<double>("x", "x", {1, 2, 3, 4, 5})}, "x") == "shape_mismatch");
  CHECK(reason({ones, raw_vector<double>("errors", "x", {1, 2})}, "errors") == "shape_mismatch");
  CHECK(reason({ones, raw_vector<double>("errors", "y", {1, 2, 3})}, "errors") == "shape_mismatch");
  CHECK(reason({ones, raw_scalar("errors", 1.0)}, "errors") == "shape_mismatch");

  for (int type : {-1, 0, 11, 12, 100}) {
    const auto change = [&](auto& v) { v.data_type = static_cast<std::int8_t>(type); };
    CHECK(reason({with(ones, change)}, "signal") == "unsupported_type");
    CHECK(reason({ones, with(raw_vector<double>("far", "frame", {1}), change)}, "far") == "unsupported_type");
  }
  raw_variable text{"signal", {}, {}, 11, std::vector<std::string>{}, {2}, {'h', 'i'}};
  CHECK(reason({text}, "signal") == "unsupported_type");
  CHECK(reason({raw_vector<std::int32_t>("signal", "x", {1}), raw_vector<double>("errors", "x", {1})}, "errors") ==
        "unsupported_type");
}

} // namespace da00_test
