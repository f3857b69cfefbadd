#include "transport/simulator/fake_producers.hpp"

#include "messages/codec/ad00.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <set>

namespace livedata {

namespace {

// One period of 14 Hz, truncated.
constexpr duration pulse{71'428'571};
constexpr duration second{1'000'000'000};
constexpr std::size_t most_monitors = 10;
constexpr double simulated_ms = 1e6;

std::vector<std::int32_t> arrival_times(portable_random& random, std::size_t n, double mean_ns, double sigma_ns) {
  std::vector<std::int32_t> out(n);
  for (auto& t : out)
    t = static_cast<std::int32_t>(mean_ns + sigma_ns * random.normal());
  return out;
}

std::vector<std::byte> event_message(const std::string& source, timestamp time, std::span<const std::int32_t> times,
                                     std::span<const std::int32_t> pixels) {
  const std::array<std::int64_t, 1> reference{time.ns};
  const std::array<std::int32_t, 1> index{0};
  return ev44::write(source, 0, reference, index, times, pixels);
}

// A spot that moves on a circle, on noise.
std::vector<std::uint16_t> frame(portable_random& random, std::int64_t height, std::int64_t width,
                                 std::uint64_t count) {
  constexpr double frames_per_turn = 140;
  constexpr double sigma = 15;
  const auto phase = 2 * std::numbers::pi * static_cast<double>(count) / frames_per_turn;
  const auto radius = static_cast<double>(std::min(height, width) / 6);
  const auto y0 = static_cast<double>(height / 2) + std::trunc(radius * std::sin(phase));
  const auto x0 = static_cast<double>(width / 2) + std::trunc(radius * std::cos(phase));
  std::vector<std::uint16_t> out;
  out.reserve(static_cast<std::size_t>(height * width));
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const auto dy = static_cast<double>(y) - y0;
      const auto dx = static_cast<double>(x) - x0;
      out.push_back(
        static_cast<std::uint16_t>(500 * std::exp(-(dy * dy + dx * dx) / (2 * sigma * sigma)) + random.poisson(5)));
    }
  return out;
}

// Counts of 1000 bins over a pulse of 71 ms.
data_array arrival_histogram(std::span<const std::int32_t> times) {
  constexpr std::size_t bins = 1000;
  constexpr double end_ns = 71e6;
  std::vector<double> edges(bins + 1);
  for (std::size_t i = 0; i <= bins; ++i)
    edges[i] = end_ns * static_cast<double>(i) / bins;
  std::vector<double> counts(bins);
  for (auto t : times)
    if (t >= 0 && t < end_ns) ++counts[static_cast<std::size_t>(t / end_ns * bins)];
  data_array out;
  out.data = make_vector("frame_time", std::move(counts), "counts");
  out.set_coord("frame_time", make_vector("frame_time", std::move(edges), "ns"));
  return out;
}

// Up from 0 to 90 in 50 steps, and down again, in 101 points.
double ramp(std::int64_t i) {
  constexpr std::int64_t points = 101;
  constexpr double step = 90.0 / 50;
  const auto k = i % points;
  return step * static_cast<double>(k <= 50 ? k : 100 - k);
}

} // namespace

fake_producers::fake_producers(const instrument& inst, const fake_settings& settings, timestamp start) : start_(start) {
  if (settings.detectors) add_detectors(inst, settings);
  if (settings.area_detectors) add_area_detectors(inst, settings);
  if (settings.monitors) add_monitors(inst, settings);
  if (settings.logs) add_logs(inst);
}

void fake_producers::add(const std::string& topic, duration period, maker make) {
  streams_.push_back({topic, period, start_, std::move(make)});
}

std::vector<raw_message> fake_producers::due(timestamp now) {
  std::vector<raw_message> out;
  for (auto& s : streams_)
    while (now - s.last >= s.period) {
      s.last = s.last + s.period;
      out.push_back({s.topic, now, make_payload(s.make(s.last))});
    }
  return out;
}

void fake_producers::add_detectors(const instrument& inst, const fake_settings& settings) {
  for (const auto& d : inst.detectors) {
    auto sources = d.development_sources.empty() ? std::vector{d.name} : d.development_sources;
    const auto n = static_cast<std::int64_t>(sources.size());
    const auto events = n > 1 ? settings.events / 10 : settings.events;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto first = d.first_pixel + d.pixel_count() * i / n;
      const auto count = static_cast<double>(d.pixel_count() * (i + 1) / n - d.pixel_count() * i / n);
      auto name = sources[static_cast<std::size_t>(i)];
      auto random = std::make_shared<portable_random>(derived_seed(settings.seed, name, 0));
      add(inst.name + "_detector", pulse, [=](timestamp time) {
        auto times = arrival_times(*random, events, 30 * simulated_ms, 10 * simulated_ms);
        std::vector<std::int32_t> pixels(events);
        for (auto& p : pixels)
          p = static_cast<std::int32_t>(first + static_cast<std::int64_t>(random->uniform() * count));
        return event_message(name, time, times, pixels);
      });
    }
  }
}

void fake_producers::add_area_detectors(const instrument& inst, const fake_settings& settings) {
  for (const auto& d : inst.area_detectors) {
    if (d.simulated_shape.size() != 2) continue;
    auto random = std::make_shared<portable_random>(derived_seed(settings.seed, d.name, 0));
    auto count = std::make_shared<std::uint64_t>(0);
    add(inst.name + "_area_detector", pulse, [=, name = d.name, shape = d.simulated_shape](timestamp time) {
      auto pixels = frame(*random, shape[0], shape[1], (*count)++);
      return ad00::write<std::uint16_t>(name, 0, time, shape, pixels);
    });
  }
}

void fake_producers::add_monitors(const instrument& inst, const fake_settings& settings) {
  const auto n = std::min(settings.monitor_count, most_monitors);
  for (std::size_t j = 0; j < n; ++j) {
    auto name = fmt::format("monitor{}", j + 1);
    auto random = std::make_shared<portable_random>(derived_seed(settings.seed, name, 0));
    const auto base = std::trunc(10'000 * std::pow(0.7, static_cast<double>(j)));
    const auto mean_ms = 20 + 30 * static_cast<double>(j) / static_cast<double>(std::max<std::size_t>(1, n - 1));
    add(inst.name + "_beam_monitor", pulse, [=, histogram = settings.monitor_histograms](timestamp time) {
      const auto size = static_cast<std::size_t>(std::max(100.0, base + 0.1 * base * random->normal()));
      auto times = arrival_times(*random, size, mean_ms * simulated_ms, 10 * simulated_ms);
      if (histogram) return da00::write(name, time, arrival_histogram(times));
      return event_message(name, time, times, std::vector<std::int32_t>(size, 1));
    });
  }
}

// Motors stand still, choppers turn as those of the simulator, and every other log swings.
void fake_producers::add_logs(const instrument& inst) {
  const auto topic = inst.name + "_motion";
  std::set<std::string> done;
  auto add_log = [&](const std::string& name, std::function<f144::log_value(std::int64_t)> value) {
    if (name.empty() || !done.insert(name).second) return;
    add(topic, second, [=, start = start_](timestamp time) {
      return f144::write(name, time, value((time - start).ns / second.ns - 1));
    });
  };
  auto constant = [](f144::log_value v) { return [v](std::int64_t) { return v; }; };
  for (const auto& d : inst.devices) {
    add_log(d.value, constant(0.0));
    if (d.target) add_log(*d.target, constant(0.0));
    if (d.idle) add_log(*d.idle, constant(std::int64_t{1}));
  }
  for (const auto& c : inst.choppers) {
    const auto setting = simulated_setting(inst, c);
    add_log(c + "/rotation_speed_setpoint", constant(setting.frequency));
    add_log(c + "/delay", constant(setting.delay * 1e9));
  }
  for (const auto& log : inst.logs)
    add_log(log.name, [](std::int64_t i) -> f144::log_value { return ramp(i); });
}

} // namespace livedata
