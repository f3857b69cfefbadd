#include "actors/preprocess/chopper_synthesizer.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace chopper_synthesizer_test {

using namespace livedata;

namespace {

stream_message value(const std::string& name, double v, std::int64_t time = 1) {
  return {{stream_kind::log, name}, {time}, log_sample{{time}, v, {}, {}}};
}

struct watched {
  chopper_synthesizer s;
  loss_log losses;

  explicit watched(std::vector<std::string> choppers, double tolerance = 0.5) : s(choppers, tolerance) {}

  // What was made, without the messages themselves.
  std::vector<stream_message> operator()(std::vector<stream_message> m) {
    auto n = m.size();
    auto out = s.process(std::move(m), {777}, losses);
    REQUIRE(out.size() >= n);
    out.resize(out.size() - n);
    return out;
  }

  std::vector<stream_message> delays(const std::string& chopper, std::vector<double> values) {
    std::vector<stream_message> m;
    std::int64_t time = 100;
    for (auto v : values)
      m.push_back(value(chopper + "/delay", v, ++time));
    return (*this)(std::move(m));
  }

  std::vector<stream_message> speed(const std::string& chopper, double v) {
    return (*this)({value(chopper + "/rotation_speed_setpoint", v)});
  }
};

bool is_tick(const stream_message& m) {
  return m.stream == stream_id{stream_kind::log, "chopper_cascade"} && m.time.ns == 777 &&
         std::get<log_sample>(m.content) == log_sample{{777}, std::int64_t{1}, {}, {}};
}

} // namespace

TEST_CASE("V-10: without choppers one tick, with the first portion, before its messages") {
  chopper_synthesizer s({});
  loss_log losses;
  auto out = s.process({value("x", 1)}, {777}, losses);
  REQUIRE(out.size() == 2);
  CHECK(is_tick(out[0]));
  CHECK(out[1].stream.name == "x");
  CHECK(s.process({value("x", 2)}, {777}, losses).size() == 1);
  CHECK(s.process({}, {777}, losses).empty());
}

TEST_CASE("V-11: with choppers there is no first tick") {
  watched w({"c"});
  CHECK(w({}).empty());
  CHECK(w({value("x", 1)}).empty());
}

TEST_CASE("V-12, V-13, V-14: five delays that agree give the set point, their mean; the speed then the tick") {
  watched w({"c"});
  CHECK(w.delays("c", {90, 90, 90}).empty());
  auto made = w.delays("c", {90.2, 89.8});
  REQUIRE(made.size() == 1);
  CHECK(made[0].stream == stream_id{stream_kind::log, "c/delay_setpoint"});
  CHECK(made[0].time.ns == 102);
  CHECK(std::get<log_sample>(made[0].content).as_double() == doctest::Approx(90));
  made = w.speed("c", 14);
  REQUIRE(made.size() == 1);
  CHECK(is_tick(made[0]));

  watched other({"c"});
  CHECK(other.speed("c", 14).empty());
  made = other.delays("c", {1, 1, 1, 1, 1});
  REQUIRE(made.size() == 2);
  CHECK(is_tick(made[1]));
}

TEST_CASE("V-15: delays that do not agree give nothing, nor does what is not a number") {
  watched w({"c"});
  w.speed("c", 14);
  CHECK(w.delays("c", {90, 95, 85, 91, 99}).empty());
  CHECK(w.delays("c", {90, 90, std::nan(""), 90, 90}).empty());
  CHECK(w.speed("c", std::nan("")).empty());
}

TEST_CASE("V-16: a new plateau gives one new set point and one tick") {
  watched w({"c"});
  w.delays("c", {90, 90, 90, 90, 90});
  w.speed("c", 14);
  auto made = w.delays("c", {100, 100, 100, 100, 100});
  REQUIRE(made.size() == 2);
  CHECK(std::get<log_sample>(made[0].content).as_double() == 100);
  CHECK(is_tick(made[1]));
  CHECK(w.delays("c", {100.1, 99.9, 100, 100, 100}).empty());
}

TEST_CASE("V-17, V-18: only a change of speed makes a tick") {
  watched w({"c"});
  w.delays("c", {90, 90, 90, 90, 90});
  w.speed("c", 14);
  CHECK(w.speed("c", 14).empty());
  CHECK(w({value("other", 3)}).empty());
  auto made = w.speed("c", 28);
  REQUIRE(made.size() == 1);
  CHECK(is_tick(made[0]));
}

TEST_CASE("a clock on the wall that is set back does not silence the ticks: each is later than the one before it") {
  chopper_synthesizer s({"c"});
  loss_log losses;
  std::vector<stream_message> delays;
  for (int i = 0; i < 5; ++i)
    delays.push_back(value("c/delay", 3, i));
  s.process(delays, {5000}, losses);
  timestamp last{};
  for (int i = 1; i < 5; ++i) {
    auto out = s.process({value("c/rotation_speed_setpoint", i, i)}, {i == 1 ? 5000 : 1000 + i}, losses);
    REQUIRE(out.size() == 2);
    CHECK(out[0].time > last);
    last = out[0].time;
  }
}

TEST_CASE("V-19: with two choppers the tick waits for the last of the four inputs") {
  watched w({"a", "b"});
  CHECK(w.delays("a", {1, 1, 1, 1, 1}).size() == 1);
  CHECK(w.speed("a", 14).empty());
  CHECK(w.speed("b", 14).empty());
  auto made = w.delays("b", {2, 2, 2, 2, 2});
  REQUIRE(made.size() == 2);
  CHECK(is_tick(made[1]));
}

TEST_CASE("an input that is no sample is left out and counted") {
  chopper_synthesizer s({"c"});
  loss_log losses;
  CHECK(s.process({{{stream_kind::log, "c/delay"}, {1}, array_ptr{}}}, {1}, losses).empty());
  CHECK(losses.take().size() == 1);
}

TEST_CASE("only the timeseries service watches the choppers; devices are put together everywhere") {
  instrument inst;
  inst.devices = {{"axis", "axis/rbv", "axis/val", {}}};
  for (const auto* service : {"detector_data", "monitor_data", "data_reduction", "timeseries"}) {
    stream_synthesizer in(inst, service);
    auto out = in.process({value("axis/rbv", 1), value("axis/val", 2)}, {777});
    auto ticks = service == std::string("timeseries") ? 1U : 0U;
    REQUIRE(out.size() == 1 + ticks);
    CHECK(out.back().stream == stream_id{stream_kind::device, "axis"});
    CHECK(in.take_notes().size() == ticks);
    CHECK(in.take_losses().empty());
  }
}

} // namespace chopper_synthesizer_test
