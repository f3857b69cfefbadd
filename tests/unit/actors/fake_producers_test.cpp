#include "messages/codec/ad00.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "transport/simulator/fake_producers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace fake_producers_test {

using namespace livedata;

namespace {

constexpr timestamp start{1'790'000'000'000'000'000};
constexpr duration second{1'000'000'000};

instrument toy() {
  instrument inst;
  inst.name = "toy";
  detector d;
  d.name = "panel";
  d.first_pixel = 101;
  d.sizes = {{"y", 10}, {"x", 10}};
  inst.detectors.push_back(d);
  d.name = "merged";
  d.development_sources = {"part_a", "part_b"};
  inst.detectors.push_back(d);
  area_detector camera;
  camera.name = "camera";
  camera.simulated_shape = {60, 90};
  inst.area_detectors.push_back(camera);
  inst.logs = {{"temperature", std::nullopt, "K"}, {"stage/value", std::nullopt, "mm"}};
  inst.devices.push_back({"stage", "stage/value", "stage/target_value", "stage/idle_flag"});
  inst.choppers = {"chopper1"};
  return inst;
}

fake_settings only(bool fake_settings::*kind) {
  fake_settings s;
  s.detectors = s.monitors = s.logs = s.area_detectors = false;
  s.*kind = true;
  return s;
}

} // namespace

TEST_CASE("detectors send 14 messages a second, evenly in time, and catch up when they are late") {
  fake_producers fakes(toy(), only(&fake_settings::detectors), start);
  CHECK(fakes.streams() == 3);
  CHECK(fakes.due(start + duration{71'000'000}).empty());
  auto messages = fakes.due(start + second);
  CHECK(messages.size() == 3 * 14);
  std::map<std::string, std::vector<std::int64_t>> times;
  for (const auto& m : messages) {
    CHECK(m.topic == "toy_detector");
    auto events = ev44::read(m.content->bytes()).value();
    times[std::string(events.source_name)].push_back(events.reference_time[0]);
  }
  REQUIRE(times.size() == 3);
  for (const auto& [source, list] : times)
    for (std::size_t i = 0; i < list.size(); ++i)
      CHECK(list[i] == start.ns + 71'428'571 * static_cast<std::int64_t>(i + 1));
}

TEST_CASE("events arrive around 30 ms, on the pixels of their source") {
  fake_producers fakes(toy(), only(&fake_settings::detectors), start);
  for (const auto& m : fakes.due(start + duration{80'000'000})) {
    auto events = ev44::read(m.content->bytes()).value();
    auto merged = events.source_name != "panel";
    REQUIRE(events.time_of_flight.size() == (merged ? 1'000U : 10'000U));
    double sum = 0;
    std::set<std::int32_t> pixels;
    for (std::size_t i = 0; i < events.time_of_flight.size(); ++i) {
      sum += events.time_of_flight[i];
      pixels.insert(events.pixel_id[i]);
    }
    CHECK(std::abs(sum / static_cast<double>(events.time_of_flight.size()) - 30e6) < 2e6);
    auto first = events.source_name == "part_b" ? 151 : 101;
    auto last = events.source_name == "part_a" ? 150 : 200;
    CHECK(*pixels.begin() == first);
    CHECK(*pixels.rbegin() == last);
  }
}

TEST_CASE("monitors send events of falling number, or histograms of them") {
  auto s = only(&fake_settings::monitors);
  s.monitor_count = 3;
  fake_producers with_events(toy(), s, start);
  auto messages = with_events.due(start + duration{80'000'000});
  REQUIRE(messages.size() == 3);
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(messages[j].topic == "toy_beam_monitor");
    auto events = ev44::read(messages[j].content->bytes()).value();
    CHECK(events.source_name == "monitor" + std::to_string(j + 1));
    auto expected = 10'000 * std::pow(0.7, static_cast<double>(j));
    CHECK(std::abs(static_cast<double>(events.time_of_flight.size()) - expected) < 0.6 * expected);
  }
  s.monitor_histograms = true;
  fake_producers with_histograms(toy(), s, start);
  auto histogram = da00::read(with_histograms.due(start + duration{80'000'000})[0].content->bytes()).value();
  CHECK(histogram.source_name == "monitor1");
  CHECK(histogram.time == start + duration{71'428'571});
  CHECK(histogram.data.data.dims == std::vector<std::string>{"frame_time"});
  CHECK(histogram.data.data.unit == "counts");
  const auto& edges = std::get<std::vector<double>>(histogram.data.coord("frame_time")->data);
  REQUIRE(edges.size() == 1001);
  CHECK(edges.front() == 0);
  CHECK(edges.back() == 71e6);
  const auto& counts = std::get<std::vector<double>>(histogram.data.data.data);
  CHECK(std::accumulate(counts.begin(), counts.end(), 0.0) > 4'000);
}

TEST_CASE("an area detector sends frames with a bright spot") {
  fake_producers fakes(toy(), only(&fake_settings::area_detectors), start);
  auto messages = fakes.due(start + duration{80'000'000});
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].topic == "toy_area_detector");
  auto frame = ad00::read(messages[0].content->bytes()).value();
  CHECK(frame.source_name == "camera");
  CHECK(frame.data.data.shape == std::vector<std::int64_t>{60, 90});
  const auto& pixels = std::get<std::vector<std::int32_t>>(frame.data.data.data);
  // The first frame has its spot to the right of the middle.
  auto brightest = std::ranges::max_element(pixels) - pixels.begin();
  CHECK(std::abs(brightest / 90 - 30) < 6);
  CHECK(std::abs(brightest % 90 - 55) < 6);
  CHECK(*std::ranges::max_element(pixels) > 480);
}

TEST_CASE("logs send once a second, devices and choppers all that belongs to them") {
  fake_producers fakes(toy(), only(&fake_settings::logs), start);
  auto messages = fakes.due(start + duration{3'000'000'000});
  std::map<std::string, std::vector<double>> seen;
  for (const auto& m : messages) {
    CHECK(m.topic == "toy_motion");
    auto log = f144::read(m.content->bytes()).value();
    seen[std::string(log.source_name)].push_back(f144::sample(log).value().as_double());
  }
  CHECK(seen.size() == 6);
  CHECK(seen.at("temperature") == std::vector<double>{0, 1.8, 3.6});
  CHECK(seen.at("stage/value") == std::vector<double>{0, 0, 0});
  CHECK(seen.at("stage/idle_flag") == std::vector<double>{1, 1, 1});
  CHECK(seen.at("chopper1/rotation_speed_setpoint") == std::vector<double>{14, 14, 14});
  CHECK(seen.contains("chopper1/delay"));
}

TEST_CASE("the same seed gives the same messages, another one others") {
  auto bytes = [](std::uint64_t seed) {
    fake_settings s;
    s.seed = seed;
    std::vector<std::vector<std::byte>> out;
    for (const auto& m : fake_producers(toy(), s, start).due(start + second))
      out.emplace_back(m.content->bytes().begin(), m.content->bytes().end());
    return out;
  };
  CHECK(bytes(1) == bytes(1));
  CHECK(bytes(1) != bytes(2));
}

} // namespace fake_producers_test
