#include "messages/codec/ev44.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "transport/simulator/scattering_pattern.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <string>

namespace pulse_simulator_test {

using namespace livedata;

namespace {

// A bank straight behind the sample that covers some five degrees, one out to the side, and three monitors.
instrument small_instrument() {
  return parse_instrument(R"({
    "name": "tiny", "title": "Tiny",
    "detectors": [
      { "name": "rear", "title": "Rear", "first_pixel": 100,
        "sizes": { "layer": 2, "tube": 40, "straw": 7, "pixel": 128 },
        "geometry": { "kind": "straw_bank", "straw_axis": "x", "straw_length": 1.0, "straw_radius": 0.00375,
                      "straw_ring_radius": 0.0078, "tube_pitch": 0.0254, "layer_pitch": 0.0262,
                      "layer_stagger": 0.0127, "position": [0, 0, 5.0] },
        "simulated_share": 0.7 },
      { "name": "side", "title": "Side", "first_pixel": 500000,
        "sizes": { "layer": 1, "tube": 4, "straw": 7, "pixel": 64 },
        "geometry": { "kind": "straw_bank", "straw_axis": "y", "straw_length": 1.0, "straw_radius": 0.00375,
                      "straw_ring_radius": 0.0078, "tube_pitch": 0.0254, "layer_pitch": 0.0262,
                      "position": [0.5, 0, 3.0] },
        "simulated_share": 0.3 }
    ],
    "monitors": [
      { "name": "before", "title": "Before", "simulated_events": 200 },
      { "name": "middle", "title": "Middle", "simulated_events": 0 },
      { "name": "after", "title": "After", "simulated_events": 300 }
    ],
    "workflows": [], "job_sets": {}
  })",
                          "tiny")
    .value();
}

simulator_settings all_streams(double rate) {
  simulator_settings s;
  s.rate = rate;
  s.detectors = {"rear", "side"};
  s.monitors = {"before", "middle", "after"};
  return s;
}

std::unique_ptr<pulse_simulator> made(const simulator_settings& s) {
  return pulse_simulator::make(small_instrument(), s).value();
}

failure refused(const simulator_settings& s) {
  auto outcome = pulse_simulator::make(small_instrument(), s);
  REQUIRE_FALSE(outcome);
  return outcome.error();
}

std::vector<std::byte> copy_of(const payload_ptr& p) {
  return {p->bytes().begin(), p->bytes().end()};
}

std::vector<std::vector<std::byte>> first_second(pulse_simulator& sim) {
  std::vector<std::vector<std::byte>> all;
  for (std::uint64_t k = 0; k < 14; ++k) {
    for (const auto& m : sim.pulse(k, {static_cast<std::int64_t>(k)}))
      all.push_back(copy_of(m.content));
  }
  return all;
}

} // namespace

TEST_CASE("a pulse brings one message of each stream, banks first") {
  auto sim = made(all_streams(14'000));
  auto messages = sim->pulse(3, {1234});
  REQUIRE(messages.size() == 5);
  const char* topics[] = {"tiny_detector", "tiny_detector", "tiny_beam_monitor", "tiny_beam_monitor",
                          "tiny_beam_monitor"};
  const char* sources[] = {"rear", "side", "monitor1", "monitor2", "monitor3"};
  for (std::size_t n = 0; n < messages.size(); ++n) {
    CAPTURE(n);
    CHECK(messages[n].topic == topics[n]);
    CHECK(messages[n].received == timestamp{1234});
    auto m = ev44::read(messages[n].content->bytes()).value();
    CHECK(m.source_name == sources[n]);
    CHECK(m.message_id == 3);
    REQUIRE(m.reference_time.size() == 1);
    CHECK(m.reference_time[0] == 1234);
    REQUIRE(m.reference_time_index.size() == 1);
    CHECK(m.reference_time_index[0] == 0);
    CHECK(m.time_of_flight.size() == sim->events_of(3, n));
    CHECK(m.pixel_id.size() == m.time_of_flight.size());
    auto flavour = n < 2 ? ev44::flavour::detector : ev44::flavour::plain_monitor;
    CHECK(ev44::events(m, flavour, messages[n].content, {0}));
  }
}

TEST_CASE("streams come in the order of the settings, and only those") {
  simulator_settings s;
  s.rate = 1000;
  s.detectors = {"side"};
  s.monitors = {"after", "before"};
  auto messages = made(s)->pulse(0, {0});
  REQUIRE(messages.size() == 3);
  const char* sources[] = {"side", "monitor3", "monitor1"};
  for (std::size_t n = 0; n < 3; ++n)
    CHECK(ev44::read(messages[n].content->bytes()).value().source_name == sources[n]);
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  auto s = all_streams(14'000);
  auto one = first_second(*made(s));
  CHECK(one == first_second(*made(s)));
  s.seed = 2;
  auto other = first_second(*made(s));
  REQUIRE(other.size() == one.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    auto has_events = ev44::read(one[i]).value().time_of_flight.size() > 0;
    if (has_events) CHECK(one[i] != other[i]);
  }
}

TEST_CASE("a stream does not depend on the others that are made") {
  auto alone = all_streams(14'000);
  alone.detectors = {"side"};
  alone.monitors = {};
  auto a = made(alone)->pulse(5, {0});
  auto b = made(all_streams(14'000))->pulse(5, {0});
  CHECK(copy_of(a[0].content) == copy_of(b[1].content));
}

TEST_CASE("pulses of the pool differ and come back in turn") {
  auto sim = made(all_streams(14'000));
  auto p0 = copy_of(sim->pulse(0, {0})[0].content);
  CHECK(p0 != copy_of(sim->pulse(1, {0})[0].content));
  CHECK(p0 == copy_of(sim->pulse(14, {0})[0].content));
  CHECK(p0 == copy_of(sim->pulse(14'000'000'000'000, {0})[0].content));
}

TEST_CASE("the picture of each second is another, with as many events") {
  for (double rate : {14'000.0, 123'450.0}) {
    auto sim = made(all_streams(rate));
    std::set<std::vector<std::vector<std::byte>>> seconds;
    for (std::uint64_t second = 0; second < 6; ++second) {
      std::vector<std::vector<std::byte>> messages;
      for (std::uint64_t k = second * 14; k < second * 14 + 14; ++k)
        messages.push_back(copy_of(sim->pulse(k, {0})[0].content));
      std::ranges::sort(messages);
      seconds.insert(std::move(messages));
    }
    CHECK(seconds.size() == 6);
  }
}

TEST_CASE("over whole seconds each bank gets exactly its share of the rate") {
  // Rates that 14 does not divide, and shares that binary fractions do not hold.
  for (double rate : {1000.0, 123'450.0, 999'990.0}) {
    CAPTURE(rate);
    auto sim = made(all_streams(rate));
    for (std::uint64_t second : {0U, 1U, 50U}) {
      std::size_t rear = 0;
      std::size_t side = 0;
      for (std::uint64_t k = second * 14; k < second * 14 + 14; ++k) {
        rear += sim->events_of(k, 0);
        side += sim->events_of(k, 1);
        CHECK(std::abs(static_cast<double>(sim->events_of(k, 0)) - rate * 0.7 / 14) < 1);
        CHECK(sim->events_of(k, 2) == 200);
        CHECK(sim->events_of(k, 3) == 0);
        CHECK(sim->events_of(k, 4) == 300);
      }
      CHECK(rear == static_cast<std::size_t>(std::llround(rate * 0.7)));
      CHECK(side == static_cast<std::size_t>(std::llround(rate * 0.3)));
    }
  }
}

TEST_CASE("pixel ids are of the bank, and arrival times are spread about 30 ms") {
  auto sim = made(all_streams(300'000));
  auto inst = small_instrument();
  double sum = 0;
  double squares = 0;
  std::size_t n = 0;
  std::size_t negative = 0;
  for (std::uint64_t k = 0; k < 14; ++k) {
    auto messages = sim->pulse(k, {0});
    for (std::size_t b = 0; b < 2; ++b) {
      auto m = ev44::read(messages[b].content->bytes()).value();
      const auto& d = inst.detectors[b];
      std::size_t outside = 0;
      for (std::size_t i = 0; i < m.pixel_id.size(); ++i) {
        auto pixel = m.pixel_id[i] - d.first_pixel;
        if (pixel < 0 || pixel >= d.pixel_count()) ++outside;
        auto t = m.time_of_flight[i] * 1e-6;
        sum += t;
        squares += t * t;
        if (t < 0) ++negative;
        ++n;
      }
      CHECK(outside == 0);
    }
  }
  auto count = static_cast<double>(n);
  auto mean = sum / count;
  CHECK(mean == doctest::Approx(30).epsilon(0.01));
  CHECK(std::sqrt(squares / count - mean * mean) == doctest::Approx(10).epsilon(0.01));
  // 3 sigma below the mean: 0.135 % of a normal distribution.
  CHECK(static_cast<double>(negative) / count == doctest::Approx(0.00135).epsilon(0.3));
}

TEST_CASE("what a pulse holds does not depend on how long readers keep earlier ones") {
  auto s = all_streams(14'000);
  auto quick = made(s);
  auto slow = made(s);
  std::vector<std::vector<raw_message>> kept;
  std::vector<std::vector<std::byte>> copies;
  for (std::uint64_t k = 0; k < 60; ++k) {
    timestamp t{static_cast<std::int64_t>(k) * 1000};
    auto expected = quick->pulse(k, t);
    auto held = slow->pulse(k, t);
    for (std::size_t n = 0; n < held.size(); ++n) {
      copies.push_back(copy_of(held[n].content));
      CHECK(copies.back() == copy_of(expected[n].content));
    }
    kept.push_back(std::move(held));
    if (k % 7 == 3) kept[k / 2].clear();
  }
  std::size_t i = 0;
  for (const auto& messages : kept) {
    for (std::size_t n = 0; n < 5; ++n, ++i) {
      if (!messages.empty()) CHECK(copy_of(messages[n].content) == copies[i]);
    }
  }
}

TEST_CASE("a simulator uses a buffer again when it is free and a clone while it is read") {
  auto sim = made(all_streams(14'000));
  auto address = [](const std::vector<raw_message>& m) { return m[0].content->bytes().data(); };
  auto first = sim->pulse(0, {0});
  const auto* used = address(first);
  auto beside = sim->pulse(14, {1});
  CHECK(address(beside) != used);
  first.clear();
  CHECK(address(sim->pulse(28, {2})) == used);
}

TEST_CASE("messages outlive their simulator") {
  auto sim = made(all_streams(14'000));
  auto messages = sim->pulse(2, {42});
  sim.reset();
  CHECK(ev44::read(messages[0].content->bytes()).value().reference_time[0] == 42);
}

TEST_CASE("the picture has a beam stop's shadow and rings") {
  auto inst = small_instrument();
  auto geometry = make_geometry(inst.detectors[0]).value();
  auto sim = made(all_streams(1'000'000));
  std::vector<double> counts(geometry.positions.size());
  for (std::uint64_t k = 0; k < 14; ++k) {
    auto messages = sim->pulse(k, {0});
    auto m = ev44::read(messages[0].content->bytes()).value();
    for (std::size_t i = 0; i < m.pixel_id.size(); ++i)
      counts[static_cast<std::size_t>(m.pixel_id[i] - inst.detectors[0].first_pixel)] += 1;
  }

  struct zone {
    double pixels = 0;
    double events = 0;

    double mean() const { return events / pixels; }
  };

  auto zone_at = [&](double low, double high, int quadrant = -1) {
    zone z;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto& p = geometry.positions[i];
      auto angle = std::atan2(std::hypot(p.x, p.y), p.z);
      if (angle < low || angle >= high) continue;
      if (quadrant >= 0 && quadrant != (p.x < 0 ? 1 : 0) + (p.y < 0 ? 2 : 0)) continue;
      z.pixels += 1;
      z.events += counts[i];
    }
    REQUIRE(z.pixels > 0);
    return z;
  };
  CHECK(zone_at(0, beam_stop_angle).events == 0);
  CHECK(zone_at(beam_stop_angle, 1.1 * beam_stop_angle).mean() > 0);
  for (std::size_t r : {0U, 1U}) {
    CAPTURE(r);
    const auto& ring = pattern_rings[r];
    auto on = zone_at(ring.angle - ring.width, ring.angle + ring.width);
    CHECK(on.mean() > 1.5 * zone_at(ring.angle - 6 * ring.width, ring.angle - 4 * ring.width).mean());
    CHECK(on.mean() > 1.5 * zone_at(ring.angle + 4 * ring.width, ring.angle + 6 * ring.width).mean());
    for (int q = 0; q < 4; ++q) {
      auto part = zone_at(ring.angle - ring.width, ring.angle + ring.width, q);
      CHECK(part.mean() == doctest::Approx(on.mean()).epsilon(0.05));
    }
  }
}

TEST_CASE("intensity falls with the angle, and rings stand out of it everywhere") {
  CHECK(scattering_intensity(0) == 0);
  CHECK(scattering_intensity(0.99 * beam_stop_angle) == 0);
  auto last = scattering_intensity(beam_stop_angle);
  for (const auto& ring : pattern_rings) {
    auto before = scattering_intensity(ring.angle - 5 * ring.width);
    auto after = scattering_intensity(ring.angle + 5 * ring.width);
    CHECK(before < last);
    CHECK(after < before);
    CHECK(scattering_intensity(ring.angle) > 2 * before);
    last = after;
  }
  CHECK(scattering_intensity(std::numbers::pi) > 0);
}

TEST_CASE("a pixel twice as far gets a quarter, and one in the sample nothing") {
  detector_geometry g;
  g.positions = {{0.1, 0, 2}, {0.2, 0, 4}, {0, 0, 0}, {0, 0.1, 2}};
  auto weights = pixel_weights(g);
  CHECK(weights[0] > 0);
  CHECK(weights[1] == doctest::Approx(weights[0] / 4));
  CHECK(weights[2] == 0);
  CHECK(weights[3] == doctest::Approx(weights[0]));
  g.shape = cylinder_shape{{0.01, 0, 0}, {0, 0.004, 0}};
  auto of_tubes = pixel_weights(g);
  CHECK(of_tubes[0] == doctest::Approx(weights[0] * 2 / std::hypot(0.1, 2.0)));
  CHECK(of_tubes[3] == doctest::Approx(weights[3]));
}

TEST_CASE("a pool that would not fit the memory gets fewer pulses, and keeps its rate") {
  auto s = all_streams(1e6);
  s.monitors = {};
  // 14000 pulses at this rate would take 8 GB.
  s.pool_pulses = 14'000;
  auto sim = made(s);
  std::size_t period = 1;
  auto p0 = copy_of(sim->pulse(0, {0})[0].content);
  while (period < s.pool_pulses && copy_of(sim->pulse(period, {0})[0].content) != p0)
    ++period;
  CHECK(period < 500);
  CHECK(period > 400);
  std::size_t events = 0;
  for (std::size_t k = 0; k < period; ++k)
    events += sim->events_of(k, 0) + sim->events_of(k, 1);
  CHECK(static_cast<double>(events) == doctest::Approx(static_cast<double>(period) * 1e6 / 14).epsilon(1e-4));
  CHECK(events * 8 <= 256'000'000);
}

TEST_CASE("settings that cannot be simulated are refused with what is allowed") {
  for (double rate : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e10}) {
    CHECK(refused(all_streams(rate)).reason == "bad_rate");
  }
  auto s = all_streams(1000);
  s.pool_pulses = 0;
  CHECK(refused(s).reason == "bad_pool");

  s = all_streams(1000);
  s.detectors[0] = "raer";
  auto unknown = refused(s);
  CHECK(unknown.reason == "unknown_stream");
  CHECK(unknown.message.find("no detector \"raer\"") != std::string::npos);
  CHECK(unknown.message.find("it has: rear, side") != std::string::npos);

  s = all_streams(1000);
  s.monitors[1] = "rear";
  CHECK(refused(s).reason == "unknown_stream");
  s.monitors[1] = "before";
  CHECK(refused(s).reason == "duplicate_stream");
}

TEST_CASE("a bank that lies in the shadow cannot be simulated") {
  auto inst = small_instrument();
  inst.detectors[1].geometry["position"] = {0, 0, 500};
  auto outcome = pulse_simulator::make(inst, all_streams(1000));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().reason == "bad_geometry");
  CHECK(outcome.error().message.find("beam stop") != std::string::npos);
}

TEST_CASE("a bank without positions is hit evenly, on each of its pixels, by their own numbers") {
  auto inst = small_instrument();
  auto& side = inst.detectors[1];
  side.geometry = nullptr;
  auto own = std::make_shared<std::vector<std::int32_t>>();
  for (std::int32_t i = 0; i < side.pixel_count(); ++i)
    own->push_back(7 + 3 * i);
  side.numbers = own;
  auto s = all_streams(1e6);
  s.detectors = {"side"};
  s.monitors = {};
  auto sim = pulse_simulator::make(inst, s).value();
  std::vector<int> hits(own->size());
  for (std::uint64_t k = 0; k < 14; ++k) {
    auto pulse = sim->pulse(k, {0});
    auto message = ev44::read(pulse[0].content->bytes()).value();
    for (std::size_t i = 0; i < message.pixel_id.size(); ++i) {
      auto number = message.pixel_id[i];
      REQUIRE((number - 7) % 3 == 0);
      ++hits.at(static_cast<std::size_t>((number - 7) / 3));
    }
  }
  // 300000 events on 1792 pixels, 167 on each, give or take 13.
  CHECK(*std::min_element(hits.begin(), hits.end()) > 100);
  CHECK(*std::max_element(hits.begin(), hits.end()) < 240);
}

} // namespace pulse_simulator_test
