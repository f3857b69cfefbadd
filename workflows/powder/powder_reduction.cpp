// Powder diffraction, with a for a row of 2θ, c for a bin of d, θ for half of the 2θ of the pixel of an event:
//
//   d       = λ / (2 sin θ),  for events with wmin <= λ <= wmax
//   w       = d⁴ sin θ                                        the Lorentz factor
//   G[a,c]  = Σ w,  var G[a,c] = Σ w²                          1023 rows from the smallest to the largest 2θ
//   X[a,c]  = G[a,c] / Σ G                                    Σ G stands for the proton charge
//
//   focussed_data_dspacing            I(d)     = Σ_a X[a,c]
//   focussed_data_dspacing_two_theta  I(d,2θ): the rows of X, each whole in the user's bin that its centre is in
//   focussed_data_tof                 I(tof)   = I(d) with tof = DIFC d,  DIFC = (2 m_n/h) mean(L) sin(mean(2θ)/2)
//
//   i_of_…                            focussed_data_… / V, with V from the events of a vanadium run by the same sums;
//                                     NaN where V is 0
#include "workflows/powder/powder_reduction.hpp"

#include "workflows/declared_settings.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/nexus_events.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/reduction/delayed_adds.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/reduction/reduction.hpp"
#include "workflows/reduction/scattering.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace livedata {

namespace {

constexpr std::size_t rows = 1023;
constexpr std::string_view row_axis = "two_theta";
constexpr std::string_view d_axis = "dspacing";
// Å⁴ µA h, as the field's own software writes it.
constexpr const char* focussed_unit = "3.60000000000000068e-43*m^4*s*A";

struct powder_parameters {
  edges_model dspacing;
  edges_model two_theta;
  range_model wavelength;
};

// Equidistant, with all angles inside.
axis rows_of(const std::vector<double>& two_theta) {
  auto lowest = std::numeric_limits<double>::infinity();
  auto highest = -lowest;
  for (auto angle : two_theta) {
    lowest = std::fmin(lowest, angle);
    highest = std::fmax(highest, angle);
  }
  if (!(lowest <= highest)) throw parameter_error("no pixel of the detector has a scattering angle");
  const auto beyond = std::nextafter(highest, std::numeric_limits<double>::infinity());
  // A detector with a single angle has rows of no width: they are given some.
  const edges_model edges{lowest, beyond - lowest > rows * 1e-15 ? beyond : lowest + 1e-9, rows, false, "rad"};
  return make_axis(edges, std::string(row_axis));
}

// The events of one detector, by row and d-spacing.
class powder_counts {
public:
  powder_counts(const powder_parameters& p, const scattering_pixels& pixels, event_wavelengths wavelengths,
                const axis& row)
    : wavelengths_(std::move(wavelengths)), d_bins_(edges_in_base(p.dspacing, quantity::dspacing)),
      shortest_(p.wavelength.start * base_units_per(quantity::wavelength, p.wavelength.unit)),
      longest_(p.wavelength.stop * base_units_per(quantity::wavelength, p.wavelength.unit)),
      g_({row, make_axis(p.dspacing, quantity::dspacing)}, "counts") {
    const value_bins row_bins(row.edges);
    std::vector<pixel_constants> constants;
    constants.reserve(pixels.size());
    for (auto two_theta : pixels.two_theta) {
      const auto in_row = row_bins.find(two_theta);
      constants.push_back(in_row < rows ? pixel_constants{std::sin(two_theta / 2), in_row * d_bins_.size()} : no_pixel);
    }
    pixels_ = by_pixel(pixels, constants, no_pixel);
  }

  void add(const event_batch& batch, event_tally& tally) {
    delayed_adds g(g_.cells());
    const auto* const constants = pixels_.data();
    const auto bins = d_bins_.size();
    d_bins_.visit([&](const auto bin_of) {
      each_wavelength(
        wavelengths_, batch, tally,
        [&](std::uint32_t pixel, double wavelength) {
          const auto& p = constants[pixel];
          const auto d = neutron::dspacing(wavelength, p.sin_theta);
          const auto weight = d * d * d * d * p.sin_theta;
          const auto selected = wavelength >= shortest_ && wavelength <= longest_ && weight == weight;
          const auto c = bin_of(d);
          const auto counts = selected && c < bins;
          // What does not count adds nothing to the first cell, so that no jump depends on it.
          g.add(counts ? p.row + c : 0, counts ? weight : 0);
          return counts;
        },
        pixel_memory(pixels_));
    });
  }

  histogram& g() noexcept { return g_; }

private:
  struct pixel_constants {
    double sin_theta;
    // First cell of its row.
    std::size_t row;
  };

  static constexpr pixel_constants no_pixel{std::numeric_limits<double>::quiet_NaN(), 0};

  event_wavelengths wavelengths_;
  value_bins d_bins_;
  // Å
  double shortest_;
  double longest_;
  std::vector<pixel_constants> pixels_;
  histogram g_;
};

// X = G / Σ G. No event yet: nothing is divided by nothing.
histogram per_charge(const histogram& g) {
  const auto charge = total(g).value;
  return divide(g, charge == 0 ? 1 : charge, focussed_unit);
}

class powder_reduction final : public reduction {
public:
  // `vanadium`: X of a vanadium run, in the rows and bins of `sample`.
  powder_reduction(const std::string& detector, const std::string& monitor, const powder_parameters& p,
                   powder_counts sample, double difc, const std::optional<histogram>& vanadium)
    : p_(p), sample_(std::move(sample)), difc_(difc) {
    events(detector, "", [this](const event_batch& batch) { sample_.add(batch, tally_); });
    // The monitor has no part in the results.
    input(monitor, "", [](const stream_value&) {});
    accumulator("G", sample_.g());
    before_targets([this] { focus(); });
    target("focussed_data_dspacing", [this] { return to_array(*i_of_d_); });
    target("focussed_data_dspacing_two_theta", [this] { return d_first(*i_of_d_two_theta_); });
    target("focussed_data_tof", [this] { return to_array(over_tof(*i_of_d_)); });
    if (!vanadium) return;
    vanadium_d_ = sum_over(*vanadium, row_axis);
    vanadium_d_two_theta_ = in_users_bins(*vanadium);
    target("i_of_dspacing", [this] { return to_array(normalised_i_of_d()); });
    target("i_of_dspacing_two_theta", [this] {
      return d_first(divide_where_positive(*i_of_d_two_theta_, *vanadium_d_two_theta_, "dimensionless"));
    });
    target("i_of_tof", [this] { return to_array(over_tof(normalised_i_of_d())); });
  }

private:
  // X has far more cells than what is shown of it, so it is made once for all results.
  void focus() {
    const auto x = per_charge(sample_.g());
    i_of_d_ = sum_over(x, row_axis);
    i_of_d_two_theta_ = in_users_bins(x);
  }

  histogram normalised_i_of_d() const { return divide_where_positive(*i_of_d_, *vanadium_d_, "dimensionless"); }

  // With its coordinates in the order in which clients know them.
  static data_array d_first(const histogram& h) {
    auto a = to_array(h);
    std::ranges::reverse(a.coords);
    return a;
  }

  histogram in_users_bins(const histogram& of_rows) const {
    const axis in_rad{std::string(row_axis), "rad", edges_in_base(p_.two_theta, quantity::two_theta)};
    return with_axis(regroup(of_rows, row_axis, in_rad), row_axis, make_axis(p_.two_theta, quantity::two_theta));
  }

  histogram over_tof(const histogram& over_d) const {
    axis tof{"tof", "\u00b5s", edges_in_base(p_.dspacing, quantity::dspacing)};
    for (auto& e : tof.edges)
      e *= difc_;
    return with_axis(over_d, d_axis, std::move(tof));
  }

  powder_parameters p_;
  powder_counts sample_;
  // µs / Å
  double difc_;
  // Of the last result.
  std::optional<histogram> i_of_d_;
  std::optional<histogram> i_of_d_two_theta_;
  std::optional<histogram> vanadium_d_;
  std::optional<histogram> vanadium_d_two_theta_;
};

// Without pixels that have no position.
double mean(const std::vector<double>& list) {
  double sum = 0;
  std::size_t n = 0;
  for (auto x : list)
    if (!std::isnan(x)) {
      sum += x;
      ++n;
    }
  return sum / static_cast<double>(n);
}

// (2 m_n / h) L sin(2θ / 2) of a mean pixel.
double difc_of(const scattering_pixels& pixels) {
  constexpr double us_per_ns = 1e-3;
  return 2 * neutron::time_of_flight(mean(pixels.flight_path), 1) * us_per_ns * std::sin(mean(pixels.two_theta) / 2);
}

// --- building

struct powder_settings {
  parameter_model parameters;
  std::string vanadium;
};

powder_settings read_powder(const workflow_declaration& declaration) {
  return read_settings(declaration, [](const json_node& settings) {
    settings.allow_keys({"lookup_table", "parameters", "vanadium"});
    powder_settings s;
    s.parameters = {edges_group("dspacing_edges", quantity::dspacing, 0.4, 3.5, 500),
                    edges_group("two_theta_edges", quantity::two_theta, 0.4, 3.1415, 100),
                    range_group("wavelength_range", quantity::wavelength, 1.1, 4.5)};
    for (auto& field : s.parameters[1].fields)
      if (field.name == "unit") {
        field.in_part = field.standard;
        field.standard = "rad";
      }
    for (auto& field : s.parameters[2].fields) {
      if (field.name == "start") field.in_part = 0.0;
      if (field.name == "stop") field.in_part = 10.0;
    }
    if (const auto groups = settings.find("parameters"))
      for (const auto& [name, group] : groups->members())
        s.parameters.push_back(read_parameter_group(name, group.value(), "settings.parameters." + name));
    if (const auto vanadium = settings.find("vanadium")) s.vanadium = vanadium->text();
    return s;
  });
}

const detector& detector_of(const build_request& request) {
  const auto* d = request.inst.find_detector(request.source);
  if (d == nullptr) throw parameter_error(request.source + " is no detector");
  return *d;
}

// The run is reduced with the geometry of its own file.
histogram vanadium_of(const build_request& request, const std::string& name, const powder_parameters& p,
                      const axis& row) {
  const auto* file = request.inst.find_file(name);
  if (file == nullptr)
    throw parameter_error(fmt::format("instrument {} has no file \"{}\" with a vanadium run", request.inst.name, name));
  const auto path = request.files.find(*file, fmt::format("the vanadium run of instrument {}", request.inst.name));
  if (!path) throw parameter_error(path.error().message);
  try {
    auto d = detector_of(request);
    d.geometry = {{"kind", "nexus"}, {"file", path->string()}};
    auto inst = request.inst;
    inst.beamline = d.geometry;
    const auto geometry = make_geometry(d);
    if (!geometry) throw parameter_error(geometry.error().message);
    const auto parts = shared_beamline(inst, request.files);
    const auto pixels = scattering_of(*geometry, d.first_pixel, incident_beam_of(*parts));
    const auto run = request.files.get<recorded_events>(
      *path, d.nexus_group, [&](const auto& file_path) { return read_recorded_events(file_path, d.nexus_group); });
    powder_counts counts(p, pixels, wavelengths_of(table_of(request), pixels, request.source), row);
    event_tally not_counted;
    counts.add(run->batch(), not_counted);
    return per_charge(counts.g());
  } catch (const nexus_error& e) {
    throw parameter_error(fmt::format("the vanadium run: {}", e.what()));
  }
}

std::unique_ptr<workflow> build_powder(const build_request& request) {
  const auto settings = read_powder(request.declaration);
  const powder_parameters p{to_edges(request.params.at("dspacing_edges")),
                            to_edges(request.params.at("two_theta_edges")),
                            to_range(request.params.at("wavelength_range"))};
  const auto& d = detector_of(request);
  // Counts, a copy of them for a result, that of the vanadium run, and what is in the user's bins; flight path, angle
  // and row of each pixel.
  require_memory(sizeof(weighted) * static_cast<double>(p.dspacing.num_bins) *
                     (3.0 * rows + 3.0 * static_cast<double>(p.two_theta.num_bins)) +
                   3.0 * sizeof(double) * static_cast<double>(d.pixel_count()),
                 request);
  const auto geometry = make_geometry(d);
  if (!geometry) throw parameter_error(geometry.error().message);
  const auto parts = shared_beamline(request.inst, request.files);
  const auto pixels = scattering_of(*geometry, d.first_pixel, incident_beam_of(*parts));
  const auto row = rows_of(pixels.two_theta);
  const auto monitor = std::ranges::find(request.auxiliary, "cave_monitor", &aux_selection::value_type::first);
  powder_counts sample(p, pixels, wavelengths_of(table_of(request), pixels, request.source), row);
  return std::make_unique<powder_reduction>(
    request.source, monitor == request.auxiliary.end() ? "" : monitor->second, p, std::move(sample), difc_of(pixels),
    settings.vanadium.empty() ? std::nullopt : std::optional(vanadium_of(request, settings.vanadium, p, row)));
}

std::vector<output_spec> powder_outputs(const workflow_declaration& declaration) {
  std::vector<output_spec> outputs{{"focussed_data_dspacing", "I(d)"},
                                   {"focussed_data_dspacing_two_theta", "I(d, 2\u03b8)"},
                                   {"focussed_data_tof", "I(TOF)"}};
  if (!read_powder(declaration).vanadium.empty())
    outputs.insert(outputs.end(), {{"i_of_dspacing", "Normalized I(d)"},
                                   {"i_of_dspacing_two_theta", "Normalized I(d, 2\u03b8)"},
                                   {"i_of_tof", "Normalized I(TOF)"}});
  return outputs;
}

} // namespace

workflow_kind powder_reduction_kind() {
  return {powder_outputs, build_powder, {}, [](const workflow_declaration& d) { return read_powder(d).parameters; }};
}

} // namespace livedata
