#include "actors/source/stream_counter.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/f144.hpp"
#include "support/routed_instrument.hpp"

#include <doctest/doctest.h>

namespace stream_counter_test {

using namespace livedata;

namespace {

constexpr timestamp sent{1'790'000'000'500'000'000};

raw_message raw(std::string topic, std::vector<std::byte> bytes) {
  return {std::move(topic), sent, make_payload(std::move(bytes))};
}

// Events whose pulse was so many seconds before they were sent.
std::vector<std::byte> events(std::string_view source, double age = 0, std::vector<std::int32_t> pixels = {}) {
  const std::vector<std::int64_t> pulse{(sent - duration::from_seconds(age)).ns};
  const std::vector<std::int32_t> index{0}, times(pixels.size());
  return ev44::write(source, 0, pulse, index, times, pixels);
}

// Adapter and counter together, as a source has them.
struct counted {
  std::vector<std::string> services;
  adapter a{route_table(test::routed_instrument(), services, {false, false})};
  stream_counter counter{services.size()};

  explicit counted(std::vector<std::string> names) : services(std::move(names)) {}

  void take(const raw_message& m) {
    sighting seen;
    const auto adapted = a.adapt(m, seen);
    counter.count(m, seen, adapted ? nullptr : &adapted.error());
  }

  std::vector<stream_count> counts(std::uint32_t service = 0) { return counter.take(service, 30).streams; }
};

using counts = std::vector<stream_count>;

} // namespace

TEST_CASE("F-1: counts accumulate, and begin anew when they are taken") {
  counted c({"monitor_data"});
  for (int i = 0; i < 3; ++i)
    c.take(raw("small_beam_monitor", events("cbm1")));
  CHECK(c.counts() == counts{{"small_beam_monitor", "cbm1", "m1", 3}});
  CHECK(c.counts().empty());
  CHECK(c.counter.take(0, 30.5).window_seconds == 30.5);
}

TEST_CASE("F-2, edge case 8: a source that nobody knows is counted without a stream, and not as an error") {
  counted c({"monitor_data"});
  c.take(raw("small_beam_monitor", events("cbm9")));
  CHECK(c.counts() == counts{{"small_beam_monitor", "cbm9", std::nullopt, 1}});
}

TEST_CASE("F-3: counts are sorted by topic, then source") {
  counted c({"data_reduction"});
  for (const auto* source : {"cbm3", "zzz", "cbm2"})
    c.take(raw("small_beam_monitor", events(source)));
  c.take(raw("small_detector_a", events("caen")));
  CHECK(c.counts() == counts{{"small_beam_monitor", "cbm2", "m2", 1},
                             {"small_beam_monitor", "cbm3", "m3", 1},
                             {"small_beam_monitor", "zzz", std::nullopt, 1},
                             {"small_detector_a", "caen", "bank0", 1}});
}

TEST_CASE("F-4: set points and idle flags of motors are not counted") {
  counted c({"timeseries"});
  for (const auto* source : {"PV:carriage.RBV", "PV:carriage.DMOV", "PV:other.VAL"})
    c.take(raw("small_motion", f144::write(source, sent, 1.0)));
  CHECK(c.counts() == counts{{"small_motion", "PV:carriage.RBV", "carriage/value", 1}});
}

TEST_CASE("F-5: streams of other services are not counted, on their own topic only") {
  counted c({"monitor_data"});
  c.take(raw("small_beam_monitor", events("cbm3")));
  CHECK(c.counts().empty());
  // The same name on another topic is unknown.
  counted d({"detector_data"});
  d.take(raw("small_detector_a", events("cbm3")));
  CHECK(d.counts() == counts{{"small_detector_a", "cbm3", std::nullopt, 1}});
}

TEST_CASE("F-6, edge case 30: least and greatest lag and their number, for all schemas but logs") {
  counted c({"monitor_data", "timeseries"});
  for (double age : {0.25, 0.5, 0.125})
    c.take(raw("small_beam_monitor", events("cbm1", age)));
  const data_array histogram{"", make_vector("t", std::vector<double>{1}, "counts"), {}, {}};
  c.take(raw("small_beam_monitor", da00::write("cbm1", sent - duration::from_seconds(1), histogram)));
  c.take(raw("small_motion", f144::write("PV:temperature", sent - duration::from_seconds(10), 1.0)));
  auto unstamped = raw("small_beam_monitor", events("cbm2", 1, {4}));
  unstamped.stamped = false;
  c.take(unstamped);
  const auto lags = c.counter.take_lags();
  REQUIRE(lags.size() == 2);
  CHECK(to_string(lags[0]) ==
        "topic=small_beam_monitor source=cbm1 schema=da00 min_lag_s=1.000 max_lag_s=1.000 count=1");
  CHECK(to_string(lags[1]) ==
        "topic=small_beam_monitor source=cbm1 schema=ev44 min_lag_s=0.125 max_lag_s=0.500 count=3");
  CHECK(c.counter.take_lags().empty());
}

TEST_CASE("F-7: levels of lags") {
  const auto level = [](double min, double max) { return stream_lag{"", "", "", min, max, 1}.level(); };
  CHECK(level(0.5, 0.5) == lag_level::normal);
  CHECK(level(2.1, 2.1) == lag_level::warning);
  CHECK(level(2.0, 2.0) == lag_level::normal);
  CHECK(level(-0.2, -0.2) == lag_level::error);
  CHECK(level(-0.05, -0.05) == lag_level::normal);
  CHECK(level(-0.1, -0.1) == lag_level::normal);
  CHECK(level(-0.2, 3) == lag_level::error);
}

TEST_CASE("F-8: each stream has its own level") {
  counted c({"monitor_data"});
  c.take(raw("small_beam_monitor", events("cbm1", 3)));
  c.take(raw("small_beam_monitor", events("cbm2", 0.5, {4})));
  const auto lags = c.counter.take_lags();
  REQUIRE(lags.size() == 2);
  CHECK(lags[0].level() == lag_level::warning);
  CHECK(lags[1].level() == lag_level::normal);
}

TEST_CASE("edge case 13: a bad message of a known source counts for the stream and as an error") {
  counted c({"monitor_data"});
  // A monitor with pixels, two events without pixels.
  const std::vector<std::int64_t> pulse{sent.ns};
  const std::vector<std::int32_t> index{0}, times{1, 2};
  c.take(raw("small_beam_monitor", ev44::write("cbm2", 0, pulse, index, times, {})));
  CHECK(c.counts() ==
        counts{{"small_beam_monitor", "<error>", std::nullopt, 1}, {"small_beam_monitor", "cbm2", "m2", 1}});
}

TEST_CASE("what cannot be read counts as an error for every service that reads the topic") {
  counted c({"monitor_data", "data_reduction", "timeseries"});
  c.take(raw("small_beam_monitor", {}));
  const counts expected{{"small_beam_monitor", "<error>", std::nullopt, 1}};
  CHECK(c.counts(0) == expected);
  CHECK(c.counts(1) == expected);
  CHECK(c.counts(2).empty());
}

TEST_CASE("commands and requests that can be read are not counted, others are") {
  counted c({"detector_data"});
  const std::string_view good = R"({"kind":"job_command","action":"stop"})";
  const auto text = [](std::string_view t) {
    const auto b = std::as_bytes(std::span(t));
    return std::vector(b.begin(), b.end());
  };
  c.take(raw("small_livedata_commands", text(good)));
  const data_array request{"", make_vector("bounds", std::vector<std::int32_t>{}, "dimensionless"), {}, {}};
  c.take(raw("small_livedata_roi", da00::write("bank0/id/roi_rectangle", {0}, request)));
  CHECK(c.counts().empty());
  c.take(raw("small_livedata_commands", text("{}")));
  c.take(raw("small_livedata_roi", events("bank0")));
  CHECK(c.counts() == counts{{"small_livedata_commands", "<error>", std::nullopt, 1},
                             {"small_livedata_roi", "<error>", std::nullopt, 1}});
  CHECK(c.counter.take_lags().empty());
}

TEST_CASE("names without end do not fill the memory") {
  counted c({"monitor_data"});
  for (int i = 0; i < 3000; ++i)
    c.take(raw("small_beam_monitor", events(std::to_string(i) + std::string(1000, 'x'))));
  const auto all = c.counts();
  CHECK(all.size() == stream_counter::most_names + 1);
  std::uint64_t sum = 0;
  for (const auto& s : all) {
    sum += s.count;
    CHECK(s.source_name.size() < 210);
  }
  CHECK(sum == 3000);
}

} // namespace stream_counter_test
