// Cases at the edges of the wire protocol, by their numbers there.
#include "messages/codec/da00.hpp"
#include "raw_messages.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace da00_edge_cases_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int64_t own_time = 17;

raw_variable signal() {
  return raw_vector<double>("signal", "x", {1, 2}, "counts");
}

result<da00::message> read_with(const raw_variable& v) {
  return da00::read(raw_da00({signal(), v}, "source", own_time));
}

template <class T>
result<da00::message> read_reference(const std::vector<T>& times, std::optional<std::string> unit) {
  return read_with(raw_vector("reference_time", "reference_time", times, std::move(unit)));
}

template <class T>
values decoded(const std::vector<T>& numbers) {
  return da00::read(raw_da00({raw_vector("signal", "x", numbers)}))->data.data.data;
}

template <class T>
values decoded_scalar(T number) {
  return da00::read(raw_da00({raw_scalar("signal", number)}))->data.data.data;
}

data_array round_trip(const data_array& a) {
  return da00::read(da00::write("s", {5}, a)).value().data;
}

} // namespace

TEST_CASE("edge case 14: the last reference time, in its unit, is the time of the message") {
  const std::vector<std::pair<std::string, std::int64_t>> units{{"ns", 3'000},         {"us", 3'000'000},
                                                                {"µs", 3'000'000},     {"\u03bcs", 3'000'000},
                                                                {"ms", 3'000'000'000}, {"s", 3'000'000'000'000}};
  for (const auto& [unit, ns] : units) {
    CAPTURE(unit);
    CHECK(read_reference<std::int64_t>({1'000, 2'000, 3'000}, unit)->time.ns == ns);
    CHECK(read_reference<std::uint64_t>({1'000, 2'000, 3'000}, unit)->time.ns == ns);
  }
  // It lies along an axis of its own, and is no coordinate of the signal.
  CHECK(read_reference<std::int64_t>({1'000}, "ns")->data.coords.empty());
  CHECK(read_reference<std::int64_t>({-5}, "ns")->time.ns == -5);
}

TEST_CASE("units of time in every spelling tell the time of a message") {
  const std::vector<std::pair<std::string, std::int64_t>> units{
    {"nanosecond", 3'000},         {"nanoseconds", 3'000},         {"microseconds", 3'000'000},
    {"usec", 3'000'000},           {"microsecond", 3'000'000},     {"milliseconds", 3'000'000'000},
    {"second", 3'000'000'000'000}, {"seconds", 3'000'000'000'000}, {" us ", 3'000'000}};
  for (const auto& [unit, ns] : units) {
    CAPTURE(unit);
    const auto m = read_reference<std::int64_t>({3'000}, unit);
    REQUIRE(m);
    CHECK(m->time.ns == ns);
  }
}

TEST_CASE("edge case 15: reference times of other types, or none, leave the message its own time") {
  CHECK(read_reference<std::int16_t>({1'000}, "ns")->time.ns == own_time);
  CHECK(read_reference<std::int32_t>({1'000}, "ns")->time.ns == own_time);
  CHECK(read_reference<float>({1'000}, "ns")->time.ns == own_time);
  CHECK(read_reference<double>({1'000}, "ns")->time.ns == own_time);
  CHECK(read_reference<std::int64_t>({}, "ns")->time.ns == own_time);
  CHECK(da00::read(raw_da00({signal()}, "source", own_time))->time.ns == own_time);
}

TEST_CASE("edge case 16: reference times without a unit of time are refused") {
  for (const auto& unit : {std::optional<std::string>("datetime64[ns]"), std::optional<std::string>(""),
                           std::optional<std::string>("counts"), std::optional<std::string>()}) {
    const auto m = read_reference<std::int64_t>({1'000}, unit);
    REQUIRE_FALSE(m);
    CHECK(m.error().reason == "bad_time");
  }
  CHECK(read_reference<std::int64_t>({INT64_MAX}, "s").error().reason == "bad_time");
  CHECK(read_reference<std::uint64_t>({UINT64_MAX}, "ns").error().reason == "bad_time");
}

TEST_CASE("a reference time that is a single number tells the time as well") {
  CHECK(read_with(raw_scalar<std::int64_t>("reference_time", 4, "us"))->time.ns == 4'000);
}

TEST_CASE("edge case 17: coordinates with foreign axes are left out, scalars kept") {
  const auto m = da00::read(raw_da00({signal(), raw_vector<double>("frame_total", "frame", {1, 2, 3}),
                                      raw_vector<double>("x", "x", {0, 1, 2}), raw_scalar<double>("temperature", 5)}));
  REQUIRE(m);
  CHECK(m->data.coord("frame_total") == nullptr);
  CHECK(m->data.coord("x") != nullptr);
  CHECK(m->data.coord("temperature") != nullptr);
}

TEST_CASE("edge case 18: every element type becomes the type of the table") {
  CHECK(decoded<std::int8_t>({-5}) == values{std::vector<std::int32_t>{-5}});
  CHECK(decoded<std::uint8_t>({255}) == values{std::vector<std::int32_t>{255}});
  CHECK(decoded<std::int16_t>({-300}) == values{std::vector<std::int32_t>{-300}});
  CHECK(decoded<std::uint16_t>({65'535}) == values{std::vector<std::int32_t>{65'535}});
  CHECK(decoded<std::int32_t>({-7}) == values{std::vector<std::int32_t>{-7}});
  CHECK(decoded<std::uint32_t>({UINT32_MAX}) == values{std::vector<std::int64_t>{UINT32_MAX}});
  CHECK(decoded<std::int64_t>({INT64_MIN}) == values{std::vector<std::int64_t>{INT64_MIN}});
  CHECK(decoded<std::uint64_t>({5}) == values{std::vector<double>{5}});
  CHECK(decoded<float>({1.5F}) == values{std::vector<float>{1.5F}});
  CHECK(decoded<double>({2.5}) == values{std::vector<double>{2.5}});
  CHECK(decoded_scalar<std::int32_t>(7) == values{std::vector<std::int64_t>{7}});
  CHECK(decoded_scalar<std::uint8_t>(7) == values{std::vector<std::int64_t>{7}});
  CHECK(decoded_scalar<std::uint64_t>(UINT64_MAX) == values{std::vector<double>{18446744073709551615.0}});
  CHECK(decoded_scalar<float>(1.5F) == values{std::vector<double>{1.5}});
}

TEST_CASE("edge case 19: units, none among them, and names survive the way there and back") {
  for (const auto& unit : {std::optional<std::string>(), std::optional<std::string>("m"),
                           std::optional<std::string>("s"), std::optional<std::string>("counts")})
    for (const auto* name : {"", "Name µ"}) {
      const data_array a{name, make_vector("x", std::vector<double>{1, 2}, unit), {}, {}};
      CHECK(round_trip(a) == a);
    }
}

TEST_CASE("edge case 20: variances 1, 4, 9 go out as errors 1, 2, 3 and come back") {
  data_array a{"", make_vector("x", std::vector<double>{1, 2, 3}, "counts"), values{std::vector<double>{1, 4, 9}}, {}};
  const auto sent = parse_raw_da00(da00::write("s", {5}, a));
  REQUIRE(sent.variables.size() == 2);
  CHECK(sent.variables[1].name == "errors");
  std::vector<double> errors(3);
  std::memcpy(errors.data(), sent.variables[1].data.data(), 24);
  CHECK(errors == std::vector<double>{1, 2, 3});
  CHECK(round_trip(a) == a);
}

TEST_CASE("edge case 21: empty arrays keep shape and unit") {
  const data_array a{"", make_vector("x", std::vector<double>{}, "m"), {}, {}};
  CHECK(round_trip(a) == a);
}

TEST_CASE("edge case 22: points in time in days") {
  const auto m = da00::read(raw_da00({raw_vector<std::int64_t>("signal", "x", {19'723, 19'724}, "datetime64[D]")}));
  REQUIRE(m);
  CHECK(m->data.data.unit == "datetime64[D]");
  CHECK(m->data.data.data == values{std::vector<std::int64_t>{19'723, 19'724}});
  CHECK(round_trip(m->data) == m->data);
}

TEST_CASE("edge case 23: what is not a number stays so in signal and errors; integers stay integers") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const data_array masked{
    "", make_vector("x", std::vector<double>{1, nan}, "counts"), values{std::vector<double>{1, nan}}, {}};
  const auto back = round_trip(masked);
  CHECK(std::isnan(std::get<std::vector<double>>(back.data.data)[1]));
  CHECK(std::isnan(std::get<std::vector<double>>(*back.variances)[1]));
  CHECK(std::get<std::vector<double>>(back.data.data)[0] == 1);
  const data_array whole{"", make_vector("x", std::vector<std::int32_t>{1, 2}, "counts"), {}, {}};
  CHECK(round_trip(whole) == whole);
}

TEST_CASE("edge case 24: data is written in the order of its axes") {
  const data_array a{"", {{"y", "x"}, {2, 3}, "counts", std::vector<double>{1, 2, 3, 4, 5, 6}}, {}, {}};
  const auto sent = parse_raw_da00(da00::write("s", {5}, a));
  CHECK(sent.variables[0].axes == std::vector<std::string>{"y", "x"});
  CHECK(sent.variables[0].shape == std::vector<std::int64_t>{2, 3});
  CHECK(round_trip(a) == a);
}

TEST_CASE("edge case 50: requests for regions of interest survive the way there and back") {
  const auto request = [](std::string dim, std::vector<double> x, std::vector<double> y,
                          std::vector<std::int32_t> index, std::optional<std::string> x_unit,
                          std::optional<std::string> y_unit) {
    data_array a{"", make_vector(dim, std::vector<std::int32_t>(x.size(), 1), "dimensionless"), {}, {}};
    a.set_coord("x", make_vector(dim, std::move(x), std::move(x_unit)));
    a.set_coord("y", make_vector(dim, std::move(y), std::move(y_unit)));
    a.set_coord("roi_index", make_vector(dim, std::move(index), "dimensionless"));
    return a;
  };
  const std::vector<data_array> requests{
    // Rectangles 0 and 2, in pixels; the same with one unit.
    request("bounds", {2, 5.5, 10, 12}, {1, 3, 0, 8}, {0, 0, 2, 2}, {}, {}),
    request("bounds", {2, 5.5, 10, 12}, {1, 3, 0, 8}, {0, 0, 2, 2}, "m", {}),
    // Polygons with 3 and 4 corners.
    request("vertex", {0, 1, 1, 0, 2, 2, 0}, {0, 0, 1, 0, 0, 2, 2}, {4, 4, 4, 6, 6, 6, 6}, "m", "m"),
    // None.
    request("bounds", {}, {}, {}, "dimensionless", "dimensionless"),
    request("vertex", {}, {}, {}, {}, {}),
  };
  for (const auto& r : requests)
    CHECK(round_trip(r) == r);
}

} // namespace da00_edge_cases_test
