#include "transport/simulator/slow_simulator.hpp"

#include "messages/codec/ad00.hpp"
#include "messages/codec/f144.hpp"
#include "transport/simulator/portable_random.hpp"
#include "workflows/geometry/parametric_chain.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace livedata {

namespace {

constexpr std::uint64_t pulses_a_second = 14;

// Frames, as the field's own producers of fake frames make them.
constexpr double spot_height = 500;
constexpr double spot_width = 15;
constexpr double mean_noise = 5;
constexpr std::uint64_t frames_per_turn = 140;

constexpr double chopper_ns_per_s = 1e9;

// Where a device stands in the geometry of the detector that it moves.
double position_of(const instrument& inst, const device& d) {
  for (const auto& c : inst.contexts) {
    if (c.stream != d.name || c.chain_entry.empty()) continue;
    for (const auto& source : c.sources) {
      const auto* bank = inst.find_detector(source);
      if (bank == nullptr || bank->geometry.is_null()) continue;
      const auto chain = read_chain(json_node(bank->geometry));
      for (const auto& step : chain.steps())
        if (step.entry == c.chain_entry) return step.value.value_or(0);
    }
  }
  return 0;
}

} // namespace

slow_simulator::slow_simulator(const instrument& inst, const std::vector<std::string>& logs,
                               const std::vector<std::string>& areas, std::uint64_t seed)
  : log_topic_(inst.name + "_motion"), area_topic_(inst.name + "_area_detector") {
  for (const auto& name : logs) {
    simulated_log log{name, 20, 1, false};
    for (const auto& c : inst.choppers) {
      if (name == c + "/rotation_speed_setpoint") log = {name, simulated_setting(inst, c).frequency, 0, false};
      if (name == c + "/delay") log = {name, simulated_setting(inst, c).delay * chopper_ns_per_s, 0, false};
    }
    for (const auto& d : inst.devices) {
      if (d.value == name || d.target == name) log = {name, position_of(inst, d), 0, false};
      if (d.idle == name) log = {name, 1, 0, true};
    }
    logs_.push_back(std::move(log));
  }
  for (const auto& name : areas) {
    const auto* d = inst.find_area_detector(name);
    if (d == nullptr) continue;
    simulated_area area{name, d->simulated_shape[0], d->simulated_shape[1], {}};
    portable_random random(derived_seed(seed, name, 0));
    area.noise.resize(static_cast<std::size_t>(area.rows * area.columns));
    for (auto& pixel : area.noise)
      pixel = static_cast<std::uint16_t>(random.poisson(mean_noise));
    areas_.push_back(std::move(area));
  }
}

void slow_simulator::add(std::uint64_t k, timestamp t, std::vector<raw_message>& messages) const {
  for (const auto& area : areas_)
    messages.push_back(frame_message(area, k, t));
  if (k % pulses_a_second != 0) return;
  for (std::size_t i = 0; i < logs_.size(); ++i)
    messages.push_back(log_message(logs_[i], i, k, t));
}

raw_message slow_simulator::log_message(const simulated_log& log, std::size_t number, std::uint64_t k,
                                        timestamp t) const {
  constexpr double period = 60;
  auto seconds = static_cast<double>(k) / static_cast<double>(pulses_a_second) + static_cast<double>(number);
  auto value = log.middle + log.swing * std::sin(2 * std::numbers::pi * seconds / period);
  auto written = log.whole ? f144::log_value(static_cast<std::int64_t>(value)) : f144::log_value(value);
  return {log_topic_, t, make_payload(f144::write(log.name, t, written))};
}

raw_message slow_simulator::frame_message(const simulated_area& area, std::uint64_t k, timestamp t) const {
  auto pixels = area.noise;
  auto angle = 2 * std::numbers::pi * static_cast<double>(k % frames_per_turn) / frames_per_turn;
  auto orbit = static_cast<double>(std::min(area.rows, area.columns) / 6);
  auto row = area.rows / 2 + static_cast<std::int64_t>(orbit * std::sin(angle));
  auto column = area.columns / 2 + static_cast<std::int64_t>(orbit * std::cos(angle));
  // Farther out the spot is below one count.
  constexpr auto reach = static_cast<std::int64_t>(4 * spot_width);
  for (auto y = std::max<std::int64_t>(row - reach, 0); y < std::min(row + reach + 1, area.rows); ++y) {
    for (auto x = std::max<std::int64_t>(column - reach, 0); x < std::min(column + reach + 1, area.columns); ++x) {
      auto square = static_cast<double>((y - row) * (y - row) + (x - column) * (x - column));
      auto& pixel = pixels[static_cast<std::size_t>(y * area.columns + x)];
      pixel = static_cast<std::uint16_t>(pixel + spot_height * std::exp(-square / (2 * spot_width * spot_width)));
    }
  }
  const std::array<std::int64_t, 2> shape{area.rows, area.columns};
  return {area_topic_, t, make_payload(ad00::write<std::uint16_t>(area.name, 0, t, shape, pixels))};
}

} // namespace livedata
