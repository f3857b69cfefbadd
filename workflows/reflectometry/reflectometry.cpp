// Reflectometry. p leads from the sample to the pixel of an event:
//
//   δ        = atan2(p_x, p_z) - detector_rotation            the divergence
//   θ        = δ + sample_rotation
//   J[θ,λ]  += 1 / sin θ,  var J += 1 / sin² θ                 footprint of the beam on the sample
//
// of the pixels whose y_index, z_index and δ lie within their limits (all included), divided by a proton charge of 1
// µA.
//
//   i_of_wavelength        I(λ)   = Σ_θ J
//   i_of_theta_wavelength  I(θ,λ) = J
//   i_of_q                 I(Q): each cell of J, whole, in the bin of 4π sin(θ) / λ at its centre
//
// Indices count down along the dimensions of the detector, from size - 1 to 0. z_index is the product of two of them,
// as in the field's own software.
#include "workflows/reflectometry/reflectometry.hpp"

#include "workflows/declared_settings.hpp"
#include "workflows/detector_view/pixel_grid.hpp"
#include "workflows/geometry/nexus_log.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/reduction/reduction.hpp"
#include "workflows/reduction/scattering.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace livedata {

namespace {

constexpr const char* intensity_unit = "counts/uA";
constexpr double sample_size_mm = 20;
constexpr double degrees = std::numbers::pi / 180;

struct index_limits {
  std::int64_t start;
  std::int64_t stop;

  bool has(std::int64_t index) const noexcept { return start <= index && index <= stop; }
};

struct reflectometry_parameters {
  edges_model wavelength;
  edges_model q;
  edges_model theta;
  index_limits y;
  index_limits z;
  // rad
  double divergence_start;
  double divergence_stop;
};

// What a run says, rad and m.
struct reflectometer {
  double sample_rotation;
  double detector_rotation;
  double source_to_sample;
};

class reflectometry final : public reduction {
public:
  reflectometry(const std::string& detector, const reflectometry_parameters& p, const reflectometer& instrument,
                event_wavelengths wavelengths, const std::vector<double>& theta_of_pixel)
    : p_(p), instrument_(instrument), wavelengths_(std::move(wavelengths)),
      wavelength_bins_(edges_in_base(p.wavelength, quantity::wavelength)),
      j_(
        {{"theta", "rad", edges_in_base(p.theta, quantity::theta)}, {"wavelength", "\u00c5", wavelength_bins_.edges()}},
        intensity_unit) {
    const value_bins theta_bins(j_.axes().front().edges);
    for (auto theta : theta_of_pixel) {
      const auto row = theta_bins.find(theta);
      if (row < theta_bins.size())
        pixels_.push_back({1 / std::sin(theta), row * wavelength_bins_.size()});
      else
        pixels_.push_back({});
    }
    events(detector, "", [this](const event_batch& batch) { count(batch); });
    accumulator("J", j_);
    target("i_of_wavelength", [this] { return result(sum_over(j_, "theta")); });
    target("i_of_q", [this] { return result(i_of_q()); });
    target("i_of_theta_wavelength", [this] { return result(with_axis(j_, "theta", theta_in_degrees())); });
  }

private:
  void count(const event_batch& batch) {
    auto* const j = j_.cells().data();
    const auto* const pixels = pixels_.data();
    const auto bins = wavelength_bins_.size();
    wavelength_bins_.visit([&](const auto bin_of) {
      each_wavelength(
        wavelengths_, batch, tally_,
        [&](std::uint32_t pixel, double wavelength) {
          const auto& p = pixels[pixel];
          const auto k = bin_of(wavelength);
          const auto counts = k < bins && p.weight != 0;
          // What does not count adds nothing to the first cell, so that no jump depends on it.
          j[counts ? p.row + k : 0].add(counts ? p.weight : 0);
          return counts;
        },
        pixel_memory(pixels_));
    });
  }

  histogram i_of_q() const {
    histogram i({{"Q", "1/\u00c5", edges_in_base(p_.q, quantity::momentum_transfer)}}, intensity_unit);
    const value_bins q_bins(i.axes().front().edges);
    const auto theta = j_.axes()[0].centres();
    const auto wavelength = j_.axes()[1].centres();
    for (std::size_t t = 0; t < theta.size(); ++t)
      for (std::size_t k = 0; k < wavelength.size(); ++k) {
        const auto q = q_bins.find(neutron::momentum_transfer(wavelength[k], std::sin(theta[t])));
        if (q < q_bins.size()) i[q] += j_[t * wavelength.size() + k];
      }
    return i;
  }

  axis theta_in_degrees() const {
    axis theta{"theta", "deg", p_.theta.values()};
    if (p_.theta.unit != "deg")
      for (auto& t : theta.edges)
        t *= base_units_per(quantity::theta, p_.theta.unit) / degrees;
    return theta;
  }

  data_array result(const histogram& h) const {
    auto a = to_array(h);
    std::vector<std::pair<std::string, variable>> coords{
      {"sample_rotation", make_scalar(instrument_.sample_rotation / degrees, "deg")},
      {"detector_rotation", make_scalar(instrument_.detector_rotation / degrees, "deg")},
      {"sample_size", make_scalar(sample_size_mm, "mm")},
      {"L1", make_scalar(instrument_.source_to_sample, "m")}};
    a.coords.insert(a.coords.begin(), coords.begin(), coords.end());
    return a;
  }

  struct pixel_constants {
    // 1 / sin θ; 0: its events do not count.
    double weight = 0;
    // First cell of its row.
    std::size_t row = 0;
  };

  reflectometry_parameters p_;
  reflectometer instrument_;
  event_wavelengths wavelengths_;
  value_bins wavelength_bins_;
  std::vector<pixel_constants> pixels_;
  histogram j_;
};

// --- building

struct reflectometry_settings {
  std::string run;
  std::string sample_rotation;
  std::string detector_rotation;
  std::string y;
  std::vector<std::string> z;
};

reflectometry_settings read_reflectometry(const workflow_declaration& declaration) {
  return read_settings(declaration, [](const json_node& settings) {
    settings.allow_keys({"lookup_table", "run", "sample_rotation", "detector_rotation", "y", "z"});
    reflectometry_settings s{settings.at("run").text(),
                             settings.at("sample_rotation").text(),
                             settings.at("detector_rotation").text(),
                             settings.at("y").text(),
                             {}};
    for (const auto& dim : settings.at("z").items())
      s.z.push_back(dim.text());
    return s;
  });
}

parameter_model reflectometry_model(const workflow_declaration&) {
  using kind = parameter_field::kind;
  const auto limits = [](std::string name, std::int64_t stop) {
    parameter_field last{"stop", kind::integer, stop, {}, {}, 0};
    last.in_part = 1;
    return parameter_group{std::move(name), {{"start", kind::integer, 0, {}, {}, 0}, std::move(last)}};
  };
  auto divergence = range_group("beam_divergence_limits", quantity::theta, -0.75, 0.75);
  divergence.fields[0].in_part = 0.0;
  divergence.fields[1].in_part = 10.0;
  return {edges_group("wavelength_edges", quantity::wavelength, 3.5, 12, 120),
          edges_group("q_edges", quantity::momentum_transfer, 0.01, 0.5, 400),
          edges_group("theta_edges", quantity::theta, -1, 2, 120),
          angle_group("sample_rotation"),
          limits("y_index_limits", 63),
          limits("z_index_limits", 1535),
          std::move(divergence)};
}

index_limits to_limits(const json& params, const char* name) {
  const auto& group = params.at(name);
  const index_limits limits{group.at("start").get<std::int64_t>(), group.at("stop").get<std::int64_t>()};
  if (limits.stop < limits.start)
    throw parameter_error(fmt::format("'{}.stop' is {}, but stop must be greater than or equal to start ({})", name,
                                      limits.stop, limits.start));
  return limits;
}

reflectometry_parameters reflectometry_parameters_of(const json& params) {
  const auto divergence = to_range(params.at("beam_divergence_limits"));
  const auto rad = base_units_per(quantity::theta, divergence.unit);
  return {to_edges(params.at("wavelength_edges")),
          to_edges(params.at("q_edges")),
          to_edges(params.at("theta_edges")),
          to_limits(params, "y_index_limits"),
          to_limits(params, "z_index_limits"),
          divergence.start * rad,
          divergence.stop * rad};
}

// How far a pixel is from the end of one dimension of its detector.
std::int64_t index_from_end(const sized_dims& sizes, std::int64_t pixel, const std::string& dim) {
  for (auto i = sizes.rbegin(); i != sizes.rend(); ++i) {
    if (i->first == dim) return i->second - 1 - pixel % i->second;
    pixel /= i->second;
  }
  throw parameter_error(fmt::format("the detector has no dimension '{}'", dim));
}

double angle_of_first_sample(const std::filesystem::path& run, const std::string& group) {
  const auto log = read_recorded_log(run, group);
  const auto rad = radians_per(log.unit);
  if (log.value.empty() || !rad)
    throw parameter_error(fmt::format("{}: {} has no sample in a unit of angle", run.string(), group));
  return log.value.front() * *rad;
}

// Where a log moves the detector, it stands at the mean of the log.
detector_geometry mean_geometry(const detector_layout& layout, const std::filesystem::path& run) {
  std::vector<entry_value> entries;
  for (const auto& entry : layout.chain.open_entries()) {
    const auto log = read_recorded_log(run, entry);
    const auto n = static_cast<double>(std::max<std::size_t>(log.value.size(), 1));
    entries.push_back({entry, std::accumulate(log.value.begin(), log.value.end(), 0.0) / n, log.unit});
  }
  auto geometry = place(layout, entries);
  if (!geometry) throw parameter_error(fmt::format("{}: {}", run.string(), geometry.error().message));
  return std::move(geometry).value();
}

std::unique_ptr<workflow> build_reflectometry(const build_request& request) {
  const auto settings = read_reflectometry(request.declaration);
  const auto p = reflectometry_parameters_of(request.params);
  require_memory(3.0 * sizeof(weighted) * static_cast<double>(p.theta.num_bins) *
                   static_cast<double>(p.wavelength.num_bins),
                 request);
  const auto* file = request.inst.find_file(settings.run);
  const auto* known = request.inst.find_detector(request.source);
  if (file == nullptr || known == nullptr)
    throw parameter_error(fmt::format("instrument {} has no file \"{}\", or no detector {}", request.inst.name,
                                      settings.run, request.source));
  const auto run =
    request.files.find(*file, fmt::format("the run with the angles of instrument {}", request.inst.name));
  if (!run) throw parameter_error(run.error().message);
  auto d = *known;
  auto inst = request.inst;
  d.geometry = inst.beamline = {{"kind", "nexus"}, {"file", run->string()}};
  const auto layout = make_layout(d);
  if (!layout) throw parameter_error(layout.error().message);
  const auto parts = shared_beamline(inst, request.files);
  const auto beam = incident_beam_of(*parts);
  try {
    const reflectometer angles{angle_of_first_sample(*run, settings.sample_rotation),
                               angle_of_first_sample(*run, settings.detector_rotation),
                               distance(beam.source, beam.sample)};
    const auto pixels = scattering_of(mean_geometry(*layout, *run), d.first_pixel, beam);
    std::vector<double> theta;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const auto pixel = static_cast<std::int64_t>(i);
      std::int64_t z_index = 1;
      for (const auto& dim : settings.z)
        z_index *= index_from_end(d.sizes, pixel, dim);
      const auto& at = pixels.scattered[i];
      const auto divergence = std::atan2(at.x, at.z) - angles.detector_rotation;
      const auto seen = p.y.has(index_from_end(d.sizes, pixel, settings.y)) && p.z.has(z_index) &&
                        p.divergence_start <= divergence && divergence <= p.divergence_stop;
      theta.push_back(seen ? divergence + angles.sample_rotation : std::numeric_limits<double>::quiet_NaN());
    }
    return std::make_unique<reflectometry>(
      request.source, p, angles, wavelengths_of(table_of(request), pixels, request.source), by_pixel(pixels, theta));
  } catch (const nexus_error& e) {
    throw parameter_error(e.what());
  }
}

} // namespace

workflow_kind reflectometry_kind() {
  auto outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"i_of_wavelength", "I(\u03bb)"}, {"i_of_q", "I(Q)"}, {"i_of_theta_wavelength", "I(\u03b8, \u03bb)"}};
  };
  return {outputs, build_reflectometry, {}, reflectometry_model};
}

} // namespace livedata
