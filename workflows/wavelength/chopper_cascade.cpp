#include "workflows/wavelength/chopper_cascade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <stdexcept>

namespace livedata {

namespace {

using vertex = chopper_cascade_frames::vertex;
using polygon = chopper_cascade_frames::polygon;

constexpr double microseconds = 1e6;

// CODATA 2022, SI units.
constexpr double neutron_mass = 1.67492750056e-27;
constexpr double planck_constant = 6.62607015e-34;
constexpr double metres_per_angstrom = 1e-10;

// Of a neutron, s/m; `wavelength` in Å.
double inverse_velocity(double wavelength) {
  return wavelength * neutron_mass / planck_constant * metres_per_angstrom;
}

polygon moved(const polygon& p, double distance) {
  polygon there = p;
  for (auto& v : there)
    v.time += distance * inverse_velocity(v.wavelength);
  return there;
}

// The part of a polygon at times not before (or not after) `limit`.
polygon clipped(const polygon& p, double limit, bool not_before) {
  polygon part;
  const auto inside = [&](const vertex& v) { return not_before ? v.time >= limit : v.time <= limit; };
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto& a = p[i];
    const auto& b = p[(i + 1) % p.size()];
    if (inside(a)) part.push_back(a);
    if (inside(a) != inside(b)) {
      const auto share = (limit - a.time) / (b.time - a.time);
      part.push_back({limit, (1 - share) * a.wavelength + share * b.wavelength});
    }
  }
  return part;
}

// One of the two lines that bound a polygon, from its first to its last time.
class boundary {
public:
  explicit boundary(polygon points) : points_(std::move(points)) {
    // Where the polygon begins or ends with a vertical edge, the line does with the other end of that edge.
    const auto n = points_.size();
    if (points_[0].time == points_[1].time) points_[0].wavelength = points_[1].wavelength;
    if (points_[n - 1].time == points_[n - 2].time) points_[n - 1].wavelength = points_[n - 2].wavelength;
  }

  // NaN outside.
  double at(double time) const {
    if (!(time >= points_.front().time && time <= points_.back().time)) return std::numeric_limits<double>::quiet_NaN();
    if (time == points_.back().time) return points_.back().wavelength;
    const auto next = std::ranges::upper_bound(points_, time, {}, &vertex::time);
    const auto& a = *std::prev(next);
    return a.wavelength + (next->wavelength - a.wavelength) / (next->time - a.time) * (time - a.time);
  }

private:
  polygon points_;
};

// Adds both boundaries of a polygon; none if it has no width in time.
void add_boundaries(const polygon& p, std::vector<boundary>& to) {
  const auto first = static_cast<std::size_t>(std::ranges::min_element(p, {}, &vertex::time) - p.begin());
  const auto last = static_cast<std::size_t>(std::ranges::max_element(p, {}, &vertex::time) - p.begin());
  if (p[first].time == p[last].time) return;
  for (const std::size_t step : {std::size_t{1}, p.size() - 1}) {
    polygon line;
    for (auto i = first; i != last; i = (i + step) % p.size())
      line.push_back(p[i]);
    line.push_back(p[last]);
    to.emplace_back(std::move(line));
  }
}

bool is_whole(double x) {
  constexpr double close = 1e-8;
  return std::abs(x - std::nearbyint(x)) < close;
}

} // namespace

result<std::vector<std::pair<double, double>>> openings_of(const chopper_disk& disk, const chopper_setting& setting,
                                                           double pulse_period, std::int64_t stride) {
  constexpr auto turn = 2 * std::numbers::pi;
  constexpr double most_turns = 10'000;
  if (disk.slits.empty())
    return failure{"bad_chopper", fmt::format("chopper {} has no slit_edges in the geometry", disk.name)};
  const auto turns = std::abs(setting.frequency) * 2 * static_cast<double>(stride) * pulse_period;
  if (!std::isfinite(turns) || !std::isfinite(setting.delay) || turns > most_turns ||
      !(is_whole(turns) || is_whole(1 / turns)))
    return failure{
      "bad_chopper",
      fmt::format("chopper {} turns at {} Hz with a delay of {} s, and the source gives pulses every {} s; "
                  "allowed: speeds that are a multiple or a fraction of half of that of the pulses (over "
                  "{} of them)",
                  disk.name, setting.frequency, setting.delay, pulse_period, stride)};
  const auto speed = turn * setting.frequency;
  const auto at_beam = disk.beam_position + disk.phase.value_or(speed * setting.delay);
  const auto repeats = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::nearbyint(turns)));
  std::vector<std::pair<double, double>> openings;
  for (std::int64_t k = -1; k < repeats; ++k) {
    const auto whole_turns = turn * static_cast<double>(k);
    const auto time_of = [&](double edge) {
      return setting.frequency < 0 ? (at_beam - (edge + whole_turns)) / speed
                                   : (turn + at_beam - (edge - whole_turns)) / speed;
    };
    for (const auto& [begin, end] : disk.slits)
      openings.emplace_back(time_of(setting.frequency < 0 ? begin : end), time_of(setting.frequency < 0 ? end : begin));
  }
  return openings;
}

std::int64_t guess_stride(std::span<const chopper_setting> settings, double pulse_period) {
  constexpr double most_pulses = 1000;
  double longest = 1;
  for (const auto& s : settings)
    if (s.frequency != 0) longest = std::max(longest, std::nearbyint(1 / (pulse_period * std::abs(s.frequency))));
  return static_cast<std::int64_t>(std::min(longest, most_pulses));
}

chopper_cascade_frames::chopper_cascade_frames(double pulse_period, std::int64_t stride,
                                               std::vector<chopper_openings> choppers, const source_pulse& pulse)
  : frame_period_(pulse_period * static_cast<double>(stride)) {
  frame pulses{0, {}};
  for (std::int64_t i = 0; i < stride; ++i) {
    const auto begin = static_cast<double>(i) * pulse_period;
    const auto end = pulse.length + begin;
    pulses.polygons.push_back(
      {{begin, pulse.shortest}, {end, pulse.shortest}, {end, pulse.longest}, {begin, pulse.longest}});
  }
  frames_.push_back(std::move(pulses));
  std::ranges::stable_sort(choppers, {}, &chopper_openings::distance);
  for (const auto& chopper : choppers) {
    const auto& before = frames_.back();
    if (!(chopper.distance >= before.distance))
      throw std::invalid_argument(
        fmt::format("chopper {} is {} m from the source along the beam; allowed: choppers behind the source",
                    chopper.name, chopper.distance));
    frame after{chopper.distance, {}};
    for (const auto& p : before.polygons) {
      const auto arriving = moved(p, chopper.distance - before.distance);
      for (const auto& [open, close] : chopper.openings) {
        auto part = clipped(clipped(arriving, open, true), close, false);
        if (!part.empty()) after.polygons.push_back(std::move(part));
      }
    }
    frames_.push_back(std::move(after));
  }
}

wavelength_row chopper_cascade_frames::at(const frame& from, double distance, std::span<const double> times) const {
  constexpr auto none = std::numeric_limits<double>::quiet_NaN();
  wavelength_row row{std::vector<double>(times.size(), none), std::vector<double>(times.size(), none)};
  if (from.polygons.empty()) return row;
  std::vector<polygon> arriving;
  auto earliest = std::numeric_limits<double>::infinity();
  for (const auto& p : from.polygons) {
    auto there = moved(p, distance - from.distance);
    for (auto& v : there) {
      v.time *= microseconds;
      earliest = std::min(earliest, v.time);
    }
    arriving.push_back(std::move(there));
  }
  const auto period = frame_period_ * microseconds;
  const auto frames_before = std::trunc(earliest / period);
  std::vector<boundary> lines;
  for (const auto& p : arriving)
    for (const auto later : {0.0, 1.0}) {
      auto shifted = p;
      for (auto& v : shifted)
        v.time -= (frames_before + later) * period;
      add_boundaries(shifted, lines);
    }
  for (std::size_t j = 0; j < times.size(); ++j) {
    auto low = std::numeric_limits<double>::infinity();
    auto high = -low;
    for (const auto& line : lines) {
      const auto w = line.at(times[j]);
      if (std::isnan(w)) continue;
      low = std::min(low, w);
      high = std::max(high, w);
    }
    if (low > high) continue;
    row.wavelength[j] = (low + high) / 2;
    const auto half = (high - low) / 2;
    row.variance[j] = half * half;
  }
  return row;
}

wavelength_row chopper_cascade_frames::at(double distance, std::span<const double> times,
                                          at_equal_distance which) const {
  if (!(distance >= frames_.front().distance))
    throw std::invalid_argument(
      fmt::format("there is no wavelength at {} m, before the source; ask for distances from 0 on", distance));
  auto last = std::prev(std::ranges::upper_bound(frames_, distance, {}, &frame::distance));
  if (which == at_equal_distance::first) last = std::ranges::lower_bound(frames_, last->distance, {}, &frame::distance);
  return at(*last, distance, times);
}

} // namespace livedata
