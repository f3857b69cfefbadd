#include "workflows/wavelength/table_settings.hpp"

#include "workflows/geometry/transformation.hpp"
#include "workflows/value_models.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace livedata {

namespace {

using kind = parameter_field::kind;

constexpr double ns_per_us = 1e3;

parameter_field number_field(std::string name, double standard) {
  return {std::move(name), kind::number, standard};
}

parameter_field length_unit_field() {
  return {"unit", kind::text, "m", {"m", "cm", "mm"}};
}

double metres(const json& group, double value) {
  return value * metres_per(group.at("unit").get_ref<const std::string&>()).value();
}

void require_positive(double x, const char* name) {
  if (!(x > 0)) throw parameter_error(fmt::format("{} is {}; allowed: numbers greater than 0", name, x));
}

// "6.2, 9.8, 13.0", in the unit of the group.
std::vector<double> read_distances(const json& group) {
  const auto& text = group.at("distances").get_ref<const std::string&>();
  const auto blank = [](const std::string& s) { return s.find_first_not_of(" \t") == std::string::npos; };
  std::vector<double> distances;
  if (blank(text)) return distances;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto entry = text.substr(begin, end - begin);
    const auto number = json::parse(entry, nullptr, false);
    if (blank(entry) || !number.is_number())
      throw parameter_error(fmt::format("cascade_bands.distances has the entry '{}'; allowed: numbers with commas "
                                        "between them, or nothing",
                                        entry));
    distances.push_back(metres(group, number.get<double>()));
    begin = end + 1;
  }
  return distances;
}

std::vector<double> even_times(double period, std::int64_t bins) {
  edges_model edges;
  edges.start = 0;
  edges.stop = period;
  edges.num_bins = bins;
  return edges.values();
}

// start - 2 r … before stop + 2 r.
std::vector<double> table_distances(const table_settings& s) {
  const auto r = s.distance_resolution;
  const auto begin = s.distance_start - 2 * r;
  const auto end = s.distance_stop + 2 * r;
  const auto step = (begin + r) - begin;
  std::vector<double> distances(static_cast<std::size_t>(std::ceil((end - begin) / r)));
  for (std::size_t i = 0; i < distances.size(); ++i)
    distances[i] = begin + static_cast<double>(i) * step;
  return distances;
}

double rounded_to_mm(double metres_) {
  return std::nearbyint(metres_ * 1e3) / 1e3;
}

void append(std::vector<double>& to, const std::vector<double>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

cascade_bands compute_bands(const table_settings& s, const chopper_cascade_frames& cascade, double period) {
  using at_equal = chopper_cascade_frames::at_equal_distance;
  cascade_bands bands;
  bands.time = even_times(period, s.band_bins);
  std::vector<std::pair<double, wavelength_row>> rows;
  for (const auto& f : cascade.frames())
    rows.emplace_back(rounded_to_mm(f.distance), cascade.at(f, f.distance, bands.time));
  for (auto d : s.band_distances)
    rows.emplace_back(rounded_to_mm(d), cascade.at(d, bands.time, at_equal::last));
  std::ranges::stable_sort(rows, {}, [](const auto& r) { return r.first; });
  for (const auto& [distance, row] : rows) {
    bands.distance.push_back(distance);
    append(bands.wavelength, row.wavelength);
    append(bands.variance, row.variance);
  }
  return bands;
}

} // namespace

parameter_model table_model() {
  parameter_field stride{"stride", kind::integer, 1, {}, {}, 1, 1000};
  parameter_field bins{"num_bins", kind::integer, 1000, {}, {}, 1, 100'000};
  return {
    {"pulse", {number_field("frequency", 14), {"auto_stride", kind::boolean, true}, std::move(stride)}},
    {"source", {number_field("offset", 0), length_unit_field()}},
    {"distance_range", {number_field("start", 5), number_field("stop", 30), length_unit_field()}, group_rule::range},
    {"distance_resolution", {number_field("value", 0.1), length_unit_field()}},
    {"time_resolution",
     {number_field("value", 250), {"unit", kind::text, "\u03bcs", {"ns", "us", "\u03bcs", "ms", "s"}}}},
    {"cascade_bands", {{"distances", kind::text, ""}, length_unit_field(), std::move(bins)}}};
}

table_settings to_table_settings(const json& p) {
  const auto number = [&](const char* group, const char* field) { return p.at(group).at(field).get<double>(); };
  table_settings s;
  s.pulse_frequency = number("pulse", "frequency");
  require_positive(s.pulse_frequency, "pulse.frequency");
  if (!p.at("pulse").at("auto_stride").get<bool>()) s.stride = p.at("pulse").at("stride").get<std::int64_t>();
  s.source_offset = metres(p.at("source"), number("source", "offset"));
  s.distance_start = metres(p.at("distance_range"), number("distance_range", "start"));
  s.distance_stop = metres(p.at("distance_range"), number("distance_range", "stop"));
  s.distance_resolution = metres(p.at("distance_resolution"), number("distance_resolution", "value"));
  require_positive(s.distance_resolution, "distance_resolution.value");
  require_positive(number("time_resolution", "value"), "time_resolution.value");
  s.time_resolution = number("time_resolution", "value") *
                      nanoseconds_per(p.at("time_resolution").at("unit").get_ref<const std::string&>()) / ns_per_us;
  s.band_distances = read_distances(p.at("cascade_bands"));
  s.band_bins = p.at("cascade_bands").at("num_bins").get<std::int64_t>();
  if (s.distance_start - 2 * s.distance_resolution < 0)
    throw parameter_error(
      fmt::format("distance_range.start is {} m, and the table begins two steps of {} m before it, which is before the "
                  "source; allowed: two distance_resolution at least",
                  s.distance_start, s.distance_resolution));
  if (std::ranges::any_of(s.band_distances, [](double d) { return d < 0; }))
    throw parameter_error("cascade_bands.distances has a distance before the source; allowed: 0 and above");
  return s;
}

double memory_of(const table_settings& s, std::int64_t stride) {
  // As computed, as array, and as message, each with variances.
  constexpr double bytes_per_cell = 6 * 8;
  const auto period = static_cast<double>(stride) / s.pulse_frequency * 1e6;
  const auto rows = (s.distance_stop - s.distance_start) / s.distance_resolution + 5;
  const auto bands = static_cast<double>(s.band_distances.size()) + 20;
  return bytes_per_cell * (rows * (period / s.time_resolution + 2) + bands * static_cast<double>(s.band_bins + 1));
}

std::vector<turning_chopper> choppers_of(const instrument& inst, const beamline& b) {
  const auto source = b.moderator_position();
  if (!source) throw parameter_error(source.error().message);
  std::vector<turning_chopper> choppers;
  for (const auto& name : inst.choppers) {
    const auto* disk = b.find_chopper(name);
    if (disk == nullptr) {
      std::vector<std::string> known;
      for (const auto& c : b.choppers)
        known.push_back(c.name);
      throw parameter_error(fmt::format("{} has no chopper '{}', which instrument {} declares; it has of them: {}",
                                        b.origin, name, inst.name,
                                        known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    if (disk->slits.empty()) throw parameter_error(fmt::format("chopper '{}' has no slit_edges in {}", name, b.origin));
    const auto where = disk->chain.at();
    if (!where) throw parameter_error(fmt::format("{}, chopper '{}': {}", b.origin, name, where.error().message));
    choppers.push_back({*disk, where->point({0, 0, 0}).z - source->z});
  }
  return choppers;
}

computed_table compute_table(const table_settings& s, const std::vector<turning_chopper>& choppers) {
  const auto period = 1 / s.pulse_frequency;
  std::vector<chopper_setting> settings;
  for (const auto& c : choppers)
    settings.push_back(c.setting);
  const auto stride = s.stride.value_or(guess_stride(settings, period));
  std::vector<chopper_openings> openings;
  for (const auto& c : choppers) {
    auto times = openings_of(c.disk, c.setting, period, stride);
    if (!times) throw std::invalid_argument(times.error().message);
    openings.push_back({c.disk.name, c.distance - s.source_offset, std::move(times).value()});
  }
  const chopper_cascade_frames cascade(period, stride, std::move(openings), s.pulse);
  const auto frame_us = static_cast<double>(stride) * period * 1e6;

  computed_table out;
  out.time = even_times(frame_us, static_cast<std::int64_t>(frame_us / s.time_resolution) + 1);
  auto& t = out.table;
  t.distance = table_distances(s);
  t.time = out.time;
  for (auto& x : t.time)
    x *= ns_per_us;
  for (auto d : t.distance) {
    const auto row = cascade.at(d, out.time, chopper_cascade_frames::at_equal_distance::first);
    append(t.wavelength, row.wavelength);
    append(t.variance, row.variance);
  }
  t.pulse_period = period * 1e9;
  t.pulse_stride = stride;
  t.distance_resolution = s.distance_resolution;
  t.time_resolution = s.time_resolution * ns_per_us;
  out.bands = compute_bands(s, cascade, frame_us);
  return out;
}

} // namespace livedata
