// Maps of an indirect spectrometer. For an event at the time t after its pulse, in a pixel with final energy E_f, final
// wavevector k_f and secondary flight time t_2 (indirect_spectrometer.hpp):
//
//   t'   = (t - t_2) mod period                       at the sample; with a table for frames of several pulses,
//                                                     t from the first of them, modulo their period
//   λ_i  from the lookup table, for the flight path from the source to the sample
//   E_i  = h² / (2 m_n λ_i²),  k_i = 2π / λ_i along the incident beam
//   ΔE   = E_i - E_f
//   Q    = k_i - k_f, turned by -a3 about the vertical (+y): from the laboratory to the sample
//   w    = 1 / (P(λ_i) C)                             P: spectrum of the normalisation monitor, C = 1 pC
//
//   map[group, axis 2, axis 1] += w,  var += w²
//
// P is the histogram of the monitor over wavelength, divided by the width of its bins and by its sum. Events where it
// is zero, or which lie outside, are left out; so are those of pulses before the first sample of either angle. a3 is
// the last sample at or before the pulse. The tank angle is needed to know that the detector stands somewhere;
// positions are those of the file.
#include "workflows/qmap/qmap.hpp"

#include "workflows/declared_settings.hpp"
#include "workflows/detector_view/pixel_grid.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/monitor/histogram_input.hpp"
#include "workflows/qmap/angle_log.hpp"
#include "workflows/qmap/event_block.hpp"
#include "workflows/qmap/indirect_spectrometer.hpp"
#include "workflows/qmap/primary_wavelengths.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/reduction/reduction.hpp"
#include "workflows/wavelength/guessed_frames.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>

namespace livedata {

namespace {

constexpr const char* map_unit = "100m*counts*s^-1*A^-1"; // counts Å / pC

// One axis of a map: |Q|, ΔE, or Q along a direction.
struct map_axis {
  axis edges;
  // In 1/Å or meV.
  std::vector<double> base_edges;
  // Of unit length; nothing for |Q| and ΔE.
  std::optional<vec3> direction = std::nullopt;
};

struct map_axes {
  map_axis first;
  map_axis second;
};

// 1 / P by wavelength.
struct monitor_weights {
  value_bins bins;
  // One more entry for what is in no bin; 0: the event is left out.
  std::vector<double> weight;
};

struct angle_streams {
  std::string sample;
  std::string tank;
};

class qmap final : public reduction {
public:
  qmap(const std::string& detector, const angle_streams& angles, map_axes axes, std::vector<double> group_values,
       std::string group, std::string group_unit, std::vector<analysed_pixel> pixels, std::vector<std::size_t> map_of,
       const vec3& beam, std::shared_ptr<const lookup_table> table, primary_wavelengths wavelengths,
       monitor_weights weights)
    : axes_(std::move(axes)), group_(std::move(group)), group_unit_(std::move(group_unit)),
      group_values_(std::move(group_values)), first_bins_(axes_.first.base_edges),
      second_bins_(axes_.second.base_edges), pixels_(std::move(pixels)), map_of_(std::move(map_of)), beam_(beam),
      table_(std::move(table)), wavelengths_(std::move(wavelengths)), weights_(std::move(weights)),
      map_({axis{group_, group_unit_, std::vector<double>(group_values_.size() + 1)}, axes_.second.edges,
            axes_.first.edges},
           map_unit) {
    events(detector, "", [this](const event_batch& batch) { count(batch); });
    context(angles.sample, [this, stream = angles.sample](const stream_value& v) { a3_.take(v, stream); });
    context(angles.tank, [this, stream = angles.tank](const stream_value& v) { a4_.take(v, stream); });
    kept("sample angle", a3_);
    kept("tank angle", a4_);
    accumulator("map", map_);
    target("cut_data", [this] { return result(); });
  }

private:
  void count(const event_batch& batch) {
    const auto frames = frames_of(batch.chunks);
    for (const auto& chunk : batch.chunks) {
      const auto a3 = a3_.at(chunk.pulse_time);
      tally_.received += chunk.size();
      if (!a3 || !a4_.at(chunk.pulse_time)) {
        tally_.out_of_range += chunk.size();
        continue;
      }
      const auto shift = frames.shift_of(chunk.pulse_time);
      if (axes_.first.direction)
        count_along_directions(chunk, shift, *a3);
      else
        count_q_and_energy(chunk, shift);
    }
  }

  std::uint32_t pixel_of(const event_chunk& chunk, std::size_t event) const noexcept {
    return static_cast<std::uint32_t>(chunk.pixel_id[event]) - static_cast<std::uint32_t>(pixels_.front().number);
  }

  pulse_frames frames_of(std::span<const event_chunk> chunks) const {
    return guess_frames(
      *table_, chunks, [&](const event_chunk& c, std::size_t e) { return pixel_of(c, e) < pixels_.size(); },
      [&](const event_chunk& c, std::size_t e, double shift) {
        return std::isnan(wavelengths_.at(c.time_of_arrival[e] + shift - pixels_[pixel_of(c, e)].secondary_time));
      });
  }

  void count_q_and_energy(const event_chunk& chunk, double shift) {
    count(chunk, shift, [this](const analysed_pixel& p, double wavelength) {
      const auto q = neutron::wavenumber(wavelength) * beam_ - p.final_wavevector;
      return std::pair(length(q), neutron::energy(wavelength) - p.final_energy);
    });
  }

  // Q turned by -a3 along a direction is Q along the direction turned by a3.
  void count_along_directions(const event_chunk& chunk, double shift, double a3) {
    const auto turned = [a3](const vec3& d) {
      return vec3{d.x * std::cos(a3) + d.z * std::sin(a3), d.y, d.z * std::cos(a3) - d.x * std::sin(a3)};
    };
    const auto first = turned(*axes_.first.direction);
    const auto second = turned(*axes_.second.direction);
    count(chunk, shift, [&](const analysed_pixel& p, double wavelength) {
      const auto q = neutron::wavenumber(wavelength) * beam_ - p.final_wavevector;
      return std::pair(dot(q, first), dot(q, second));
    });
  }

  // `shift`: what arrival times are later in the frame, ns. `coordinates` of an event along the two axes of the map.
  template <class F>
  void count(const event_chunk& chunk, double shift, const F& coordinates) {
    auto* const map = map_.cells().data();
    const auto columns = first_bins_.size();
    const auto rows = second_bins_.size();
    std::uint64_t counted = 0;
    std::uint64_t unknown = 0;
    std::uint64_t outside = 0;
    event_block b;
    const auto loop = [&](const auto column_of, const auto row_of, const auto weight_of) {
      for (std::size_t first = 0; first < chunk.size(); first += event_block::most) {
        unknown += b.fill(chunk, first, shift, pixels_, wavelengths_);
        for (std::size_t e = 0; e < b.events; ++e)
          outside += b.wavelength[e] != b.wavelength[e] ? 1U : 0U;
        for (std::size_t e = 0; e < b.events; ++e)
          std::tie(b.x[e], b.y[e]) = coordinates(pixels_[b.pixel[e]], b.wavelength[e]);
        std::size_t n = 0;
        for (std::size_t e = 0; e < b.events; ++e) {
          const auto column = column_of(b.x[e]);
          const auto row = row_of(b.y[e]);
          const auto weight = weights_.weight[std::min(weight_of(b.wavelength[e]), weights_.bins.size())];
          b.cell[n] = (map_of_[b.pixel[e]] * rows + row) * columns + column;
          b.weight[n] = weight;
          // Added and not jumped: which events count cannot be predicted.
          n += static_cast<std::size_t>(column < columns) & static_cast<std::size_t>(row < rows) &
               static_cast<std::size_t>(weight > 0);
        }
        for (std::size_t i = 0; i < n; ++i)
          map[b.cell[i]].add(b.weight[i]);
        counted += n;
      }
    };
    first_bins_.visit([&](const auto column_of) {
      second_bins_.visit([&](const auto row_of) {
        weights_.bins.visit([&](const auto weight_of) { loop(column_of, row_of, weight_of); });
      });
    });
    tally_.accepted += counted;
    tally_.unknown_pixel += unknown;
    tally_.out_of_table += outside;
    tally_.out_of_range += chunk.size() - counted - unknown - outside;
  }

  data_array result() const {
    auto a = to_array(map_);
    a.coords = {{axes_.second.edges.name, *a.coord(axes_.second.edges.name)},
                {group_, make_vector(group_, group_values_, group_unit_)},
                {axes_.first.edges.name, *a.coord(axes_.first.edges.name)}};
    return a;
  }

  map_axes axes_;
  std::string group_;
  std::string group_unit_;
  std::vector<double> group_values_;
  value_bins first_bins_;
  value_bins second_bins_;
  // By detector number, from that of the first one; and the map that each belongs to.
  std::vector<analysed_pixel> pixels_;
  std::vector<std::size_t> map_of_;
  // Direction of the incident beam.
  vec3 beam_;
  std::shared_ptr<const lookup_table> table_;
  primary_wavelengths wavelengths_;
  monitor_weights weights_;
  angle_log a3_;
  angle_log a4_;
  histogram map_;
};

// --- building

enum class cut_kind : std::uint8_t { q_and_energy, directions, vectors };

struct qmap_settings {
  cut_kind cut;
  std::string simulation;
  std::string monitor;
  std::string group;
  std::vector<double> group_values;
  std::string group_unit;
  angle_streams angles;
};

qmap_settings read_qmap(const workflow_declaration& declaration) {
  return read_settings(declaration, [](const json_node& s) {
    s.allow_keys({"cut", "lookup_table", "simulation", "monitor", "group", "group_values", "group_unit", "sample_angle",
                  "tank_angle"});
    const auto cut = s.at("cut").choice({"q_and_energy", "directions", "vectors"});
    qmap_settings out{cut == "q_and_energy" ? cut_kind::q_and_energy
                      : cut == "directions" ? cut_kind::directions
                                            : cut_kind::vectors,
                      s.at("simulation").text(),
                      s.at("monitor").text(),
                      s.at("group").text(),
                      {},
                      s.at("group_unit").text(),
                      {s.at("sample_angle").text(), s.at("tank_angle").text()}};
    for (const auto& value : s.at("group_values").items())
      out.group_values.push_back(value.number(std::numeric_limits<double>::lowest()));
    return out;
  });
}

parameter_group q_edges(std::string name) {
  return edges_group(std::move(name), quantity::momentum_transfer, -3, 3);
}

parameter_model qmap_model(const workflow_declaration& declaration) {
  using kind = parameter_field::kind;
  const auto direction = [](std::string name, const char* standard) {
    auto group = q_edges(std::move(name));
    parameter_field axis{"axis", kind::text, standard, {"Qx", "Qy", "Qz"}};
    axis.needed = true;
    // The edges have the same defaults whether their group is given or not.
    for (auto& field : group.fields)
      field.in_part = field.standard;
    group.fields.insert(group.fields.begin(), std::move(axis));
    return group;
  };
  const auto vector = [](std::string name, double qx, double qz) {
    parameter_group group{std::move(name),
                          {{"qx", kind::number, qx}, {"qy", kind::number, 0.0}, {"qz", kind::number, qz}}};
    for (auto& field : group.fields)
      field.in_part = 0.0;
    return group;
  };
  switch (read_qmap(declaration).cut) {
  case cut_kind::q_and_energy:
    return {edges_group("q_edges", quantity::momentum_transfer, 0.5, 3),
            edges_group("energy_edges", quantity::energy_transfer, -1, 1)};
  case cut_kind::directions:
    return {direction("axis1", "Qx"), direction("axis2", "Qz")};
  case cut_kind::vectors:
    return {vector("axis1", 1, 0), q_edges("axis1_edges"), vector("axis2", 0, 1), q_edges("axis2_edges")};
  }
  return {};
}

// As Python writes a number.
std::string python_number(double x) {
  auto text = fmt::format("{}", x);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

map_axis axis_of_edges(const json& group, quantity q, std::string name, std::optional<vec3> direction) {
  const auto edges = to_edges(group);
  return {make_axis(edges, std::move(name)), edges_in_base(edges, q), direction};
}

map_axis axis_along(const json& vector, const json& edges, const char* parameter) {
  const vec3 v{vector.at("qx").get<double>(), vector.at("qy").get<double>(), vector.at("qz").get<double>()};
  if (!(length(v) > 0) || std::isinf(length(v)))
    throw parameter_error(fmt::format("'{}' is a vector without a direction", parameter));
  return axis_of_edges(edges, quantity::momentum_transfer,
                       fmt::format("Q_({},{},{})", python_number(v.x), python_number(v.y), python_number(v.z)),
                       unit(v));
}

map_axis axis_of_direction(const json& group) {
  const auto name = group.at("axis").get<std::string>();
  return axis_of_edges(group, quantity::momentum_transfer, name,
                       vec3{name == "Qx" ? 1.0 : 0.0, name == "Qy" ? 1.0 : 0.0, name == "Qz" ? 1.0 : 0.0});
}

map_axes axes_of(cut_kind cut, const json& p) {
  map_axes axes = cut == cut_kind::q_and_energy
                    ? map_axes{axis_of_edges(p.at("q_edges"), quantity::momentum_transfer, "Q", std::nullopt),
                               axis_of_edges(p.at("energy_edges"), quantity::energy_transfer,
                                             std::string(dimension_of(quantity::energy_transfer)), std::nullopt)}
                  : cut == cut_kind::directions
                    ? map_axes{axis_of_direction(p.at("axis1")), axis_of_direction(p.at("axis2"))}
                    : map_axes{axis_along(p.at("axis1"), p.at("axis1_edges"), "axis1"),
                               axis_along(p.at("axis2"), p.at("axis2_edges"), "axis2")};
  if (axes.first.edges.name == axes.second.edges.name)
    throw parameter_error(fmt::format("both axes of the map are {}; they have to differ", axes.first.edges.name));
  return axes;
}

monitor_weights weights_of(const indirect_spectrometer& s, const std::shared_ptr<const lookup_table>& table) {
  const auto path = distance(s.source, s.monitor);
  const auto counts =
    to_wavelengths({s.monitor_edges, s.monitor_counts, s.monitor_counts}, event_wavelengths(table, path), path);
  const auto all = std::accumulate(counts.value.begin(), counts.value.end(), 0.0);
  std::vector<double> weight;
  for (std::size_t k = 0; k < counts.value.size(); ++k) {
    const auto p = counts.value[k] / (counts.edges[k + 1] - counts.edges[k]) / all;
    weight.push_back(p > 0 ? 1 / p : 0);
  }
  weight.push_back(0);
  return {value_bins(counts.edges), std::move(weight)};
}

// By detector number; all pixels of the detector must be there.
std::vector<analysed_pixel> in_order(const indirect_spectrometer& s, const detector& d, const std::string& file) {
  std::vector<analysed_pixel> pixels(static_cast<std::size_t>(d.pixel_count()));
  std::vector<bool> there(pixels.size());
  for (const auto& p : s.pixels) {
    const auto i = static_cast<std::size_t>(std::int64_t{p.number} - d.first_pixel);
    if (i >= pixels.size() || there[i])
      throw parameter_error(
        fmt::format("{}: detector number {} is not of {}, or stands twice", file, p.number, d.name));
    pixels[i] = p;
    there[i] = true;
  }
  if (const auto missing = std::ranges::find(there, false); missing != there.end())
    throw parameter_error(fmt::format("{}: there is no detector number {}; all {} pixels of {} have to be there", file,
                                      d.first_pixel + (missing - there.begin()), pixels.size(), d.name));
  return pixels;
}

std::vector<std::size_t> maps_of(const detector& d, const std::string& group, std::size_t maps) {
  std::int64_t inner = 1;
  auto dim = d.sizes.rbegin();
  for (; dim != d.sizes.rend() && dim->first != group; ++dim)
    inner *= dim->second;
  if (dim == d.sizes.rend() || dim->second != static_cast<std::int64_t>(maps))
    throw parameter_error(fmt::format("detector {} has no dimension '{}' of {} elements", d.name, group, maps));
  std::vector<std::size_t> map_of(static_cast<std::size_t>(d.pixel_count()));
  for (std::size_t i = 0; i < map_of.size(); ++i)
    map_of[i] = i / static_cast<std::size_t>(inner) % maps;
  return map_of;
}

std::unique_ptr<workflow> build_qmap(const build_request& request) {
  const auto settings = read_qmap(request.declaration);
  auto axes = axes_of(settings.cut, request.params);
  require_memory(3.0 * sizeof(weighted) * static_cast<double>(settings.group_values.size()) *
                   static_cast<double>(axes.first.edges.bins()) * static_cast<double>(axes.second.edges.bins()),
                 request);
  const auto* d = request.inst.find_detector(request.source);
  const auto* file = request.inst.find_file(settings.simulation);
  if (d == nullptr || file == nullptr)
    throw parameter_error(fmt::format("instrument {} has no file \"{}\", or no detector {}", request.inst.name,
                                      settings.simulation, request.source));
  const auto path = request.files.find(*file, fmt::format("the simulated run of instrument {}", request.inst.name));
  if (!path) throw parameter_error(path.error().message);
  try {
    const auto s = request.files.get<indirect_spectrometer>(
      *path, settings.monitor, [&](const auto& p) { return read_indirect_spectrometer(p, settings.monitor); });
    const auto table = table_of(request);
    const auto incident = s->sample - s->source;
    return std::make_unique<qmap>(request.source, settings.angles, std::move(axes), settings.group_values,
                                  settings.group, settings.group_unit, in_order(*s, *d, path->string()),
                                  maps_of(*d, settings.group, settings.group_values.size()), unit(incident), table,
                                  primary_wavelengths(*table, length(incident)), weights_of(*s, table));
  } catch (const nexus_error& e) {
    throw parameter_error(e.what());
  } catch (const std::invalid_argument& e) {
    throw parameter_error(fmt::format("{} with its lookup table: {}", path->string(), e.what()));
  }
}

} // namespace

workflow_kind qmap_kind() {
  auto outputs = [](const workflow_declaration&) -> std::vector<output_spec> { return {{"cut_data", "Cut Data"}}; };
  return {outputs, build_qmap, {}, qmap_model};
}

} // namespace livedata
