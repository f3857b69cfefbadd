// I(Q), with q for a bin of Q and k for one of wavelength:
//
//   N[q]     events of the detector with Q = 4π sin(θ) / λ in bin q, and λ between the first and the last wavelength
//   edge M[k]     counts of the incident monitor by wavelength;  S[k] those of the transmission monitor T[k]   = S[k] /
//   M[k], or 1 h[q,k]   solid angle of the pixels that see Q in bin q at the centre of wavelength bin k D[q]   = Σ_k
//   h[q,k] M[k] T[k]         var D[q] = n_Q Σ_k h[q,k]² T[k]² var M[k] I[q]   = N[q] / D[q]
//
// The same M[k] is in every D[q]. n_Q, the number of bins of Q, makes var D an upper bound for what that does to sums
// over Q. Where the detector moves, counts of the monitor keep the h of the position that they were counted at.
#include "workflows/sans/i_of_q.hpp"

#include "workflows/geometry/moving_chain.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/reduction/monitor_spectrum.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/reduction/reduction.hpp"
#include "workflows/reduction/scattering.hpp"
#include "workflows/sans/solid_angles.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace livedata {

namespace {

struct sans_parameters {
  edges_model q;
  edges_model wavelength;
  vec3 beam_centre;
  bool transmission;
};

struct sans_inputs {
  std::string detector;
  std::string incident_monitor;
  std::string transmission_monitor;
};

struct sans_instrument {
  std::shared_ptr<const lookup_table> table;
  incident_beam beam;
  detector_layout layout;
  std::int32_t first_pixel;
  moving_chain position;
  std::vector<std::string> motion_streams;
  // By wavelength, Å. Without counts.
  monitor_spectrum incident;
  std::optional<monitor_spectrum> transmitted;
};

class i_of_q final : public reduction {
public:
  i_of_q(const sans_parameters& p, const sans_inputs& in, sans_instrument instrument)
    : p_(p), in_(in), instrument_(std::move(instrument)), q_bins_(edges_in_base(p.q, quantity::momentum_transfer)),
      band_(edges_in_base(p.wavelength, quantity::wavelength)), centres_(axis{"", "", band_}.centres()),
      counts_({make_axis(p.q, quantity::momentum_transfer)}, "counts"), incident_(std::move(instrument_.incident)),
      transmitted_(std::move(instrument_.transmitted)), position_(std::move(instrument_.position)) {
    events(in.detector, "", [this](const event_batch& batch) { count(batch); });
    input(in.incident_monitor, "incident monitor", [this](const stream_value& v) { incident_.add(v); });
    if (transmitted_)
      input(in.transmission_monitor, "transmission monitor", [this](const stream_value& v) { transmitted_->add(v); });
    for (const auto& stream : instrument_.motion_streams)
      context(stream, [this, stream](const stream_value& v) { position_.set(stream, v); });
    if (moves()) before_each_batch([this] { follow_position(); });
    accumulator("N", counts_);
    accumulator("M", incident_);
    if (transmitted_) accumulator("S", *transmitted_);
    accumulator("D", former_positions_);
    kept("position", position_);
    after_loading([this] {
      if (!moves()) return;
      h_.clear();
      if (position_.placed()) place_detector(*position_.placed());
    });
    target("i_of_q", [this] { return intensity(); });
    if (transmitted_) target("transmission_fraction", [this] { return transmission_fraction(); });
    if (moves()) return;
    // It stays where it is, so its pixels are not needed any more.
    follow_position();
    instrument_.layout = {};
  }

private:
  // --- per batch

  void count(const event_batch& batch) {
    std::vector<std::uint64_t> events_in(q_bins_.size() + 1);
    const auto none = q_bins_.size();
    const auto shortest = band_.front();
    const auto longest = band_.back();
    const auto* sin_theta = sin_theta_.data();
    q_bins_.visit([&](const auto bin_of) {
      each_wavelength(
        *wavelengths_, batch, tally_,
        [&](std::uint32_t pixel, double wavelength) {
          const auto q = bin_of(neutron::momentum_transfer(wavelength, sin_theta[pixel]));
          const auto counts = q < none && wavelength >= shortest && wavelength < longest;
          ++events_in[counts ? q : none];
          return counts;
        },
        pixel_memory(sin_theta_));
    });
    for (std::size_t q = 0; q < none; ++q) {
      const auto n = static_cast<double>(events_in[q]);
      counts_[q] += {n, n};
    }
  }

  bool moves() const noexcept { return !instrument_.motion_streams.empty(); }

  void follow_position() {
    position_.update([this](const affine& where, const auto&) { place_detector(where); });
  }

  void place_detector(const affine& where) {
    auto geometry = instrument_.layout.local;
    for (auto& position : geometry.positions)
      position = where.point(position);
    if (auto& shape = geometry.shape) shape = {where.direction(shape->axis), where.direction(shape->radius)};
    const auto pixels = scattering_of(geometry, instrument_.first_pixel, instrument_.beam, p_.beam_centre);
    std::vector<double> sin_theta;
    for (auto two_theta : pixels.two_theta)
      sin_theta.push_back(std::sin(two_theta / 2));
    auto wavelengths = wavelengths_of(instrument_.table, pixels, in_.detector);
    auto h = solid_angle_by_q(solid_angles(pixels, in_.detector), sin_theta, centres_, q_bins_.edges());
    leave_position();
    wavelengths_.emplace(std::move(wavelengths));
    sin_theta_ = by_pixel(pixels, sin_theta);
    h_ = std::move(h);
  }

  // --- result

  data_array intensity() {
    histogram denominator(counts_.axes(), "");
    const auto t = transmission();
    const auto n_q = static_cast<double>(q_bins_.size());
    for (std::size_t q = 0; q < q_bins_.size(); ++q)
      for (std::size_t k = 0; k < centres_.size(); ++k) {
        const auto hm = h_m(q, k);
        denominator[q] += {hm.value * t[k], hm.variance * t[k] * t[k] * n_q};
      }
    auto i = to_array(divide(counts_, denominator, "dimensionless"));
    const auto& edges = p_.wavelength;
    i.coords.insert(
      i.coords.begin(),
      {"wavelength", make_vector("wavelength", std::vector<double>{edges.start, edges.stop}, edges.unit)});
    return i;
  }

  std::vector<double> transmission() const {
    std::vector<double> t(centres_.size(), 1.0);
    if (transmitted_)
      for (std::size_t k = 0; k < t.size(); ++k)
        t[k] = transmitted_->counts()[k].value / incident_.counts()[k].value;
    return t;
  }

  data_array transmission_fraction() const {
    histogram fraction({make_axis(p_.wavelength, quantity::wavelength)}, "dimensionless");
    const auto t = transmission();
    for (std::size_t k = 0; k < t.size(); ++k)
      fraction[k].value = t[k];
    return to_array(fraction, uncertainties::none);
  }

  // --- h · M, where the detector has been at several places

  // Of the counts of the incident monitor at former positions, and how many of them there were in all.
  struct past_positions {
    std::vector<weighted> h_m;
    std::vector<weighted> m;

    void clear() {
      h_m.clear();
      m.clear();
    }

    void state(archive& a) {
      a.field("h_m", h_m);
      a.field("m", m);
    }
  };

  weighted h_m(std::size_t q, std::size_t k) const {
    const auto place = q * centres_.size() + k;
    auto m = incident_.counts()[k];
    weighted sum;
    if (!former_positions_.m.empty()) {
      m = {m.value - former_positions_.m[k].value, m.variance - former_positions_.m[k].variance};
      sum = former_positions_.h_m[place];
    }
    sum += {h_[place] * m.value, h_[place] * h_[place] * m.variance};
    return sum;
  }

  // Enters what was counted at the present position.
  void leave_position() {
    if (h_.empty() || total(incident_.counts()).value == 0) return;
    std::vector<weighted> sums;
    sums.reserve(h_.size());
    for (std::size_t q = 0; q < q_bins_.size(); ++q)
      for (std::size_t k = 0; k < centres_.size(); ++k)
        sums.push_back(h_m(q, k));
    former_positions_.h_m = std::move(sums);
    former_positions_.m.assign(incident_.counts().cells().begin(), incident_.counts().cells().end());
  }

  sans_parameters p_;
  sans_inputs in_;
  sans_instrument instrument_;
  value_bins q_bins_;
  // Edges and centres of the wavelength bins, Å.
  std::vector<double> band_;
  std::vector<double> centres_;
  histogram counts_;
  monitor_spectrum incident_;
  std::optional<monitor_spectrum> transmitted_;
  past_positions former_positions_;
  moving_chain position_;
  // They follow from the position of the detector.
  std::optional<event_wavelengths> wavelengths_;
  std::vector<double> sin_theta_;
  std::vector<double> h_;
};

parameter_model sans_model() {
  using kind = parameter_field::kind;
  parameter_group centre{
    "beam_center", {{"x", kind::number, 0.0}, {"y", kind::number, 0.0}, {"unit", kind::text, "m", {"m", "cm", "mm"}}}};
  parameter_group transmission{"transmission", {{"mode", kind::text, "current_run", {"constant", "current_run"}}}};
  return {edges_group("q_edges", quantity::momentum_transfer, 0.01, 0.3, 20),
          edges_group("wavelength_edges", quantity::wavelength, 1, 13), std::move(centre), std::move(transmission)};
}

sans_parameters sans_parameters_of(const json& completed) {
  const auto& centre = completed.at("beam_center");
  const auto metres = metres_per(centre.at("unit").get<std::string>()).value();
  return {to_edges(completed.at("q_edges")),
          to_edges(completed.at("wavelength_edges")),
          {centre.at("x").get<double>() * metres, centre.at("y").get<double>() * metres, 0},
          completed.at("transmission").at("mode") == "current_run"};
}

std::unique_ptr<workflow> build_i_of_q(const build_request& request) {
  const auto p = sans_parameters_of(request.params);
  const auto stream_of = [&](std::string_view role) {
    return std::ranges::find(request.auxiliary, role, &aux_selection::value_type::first)->second;
  };
  const sans_inputs in{request.source, stream_of("incident_monitor"), stream_of("transmission_monitor")};
  const auto* d = request.inst.find_detector(request.source);
  if (d == nullptr) throw parameter_error(request.source + " is no detector");
  // Solid angles, what was counted at former positions, and nodes of sums; flight path and angle of each pixel.
  require_memory(40.0 * static_cast<double>(p.q.num_bins) * static_cast<double>(p.wavelength.num_bins) +
                   2.0 * sizeof(double) * static_cast<double>(d->pixel_count()),
                 request);
  auto layout = make_layout(*d);
  if (!layout) throw parameter_error(layout.error().message);
  const auto parts = shared_beamline(request.inst, request.files);
  const auto motion = bindings_of(request.inst, request.declaration.name, request.source, layout->chain);
  std::vector<std::string> motion_streams;
  for (const auto& m : motion)
    motion_streams.push_back(m.stream);
  moving_chain position(request.source, layout->chain, motion);
  const auto table = table_of(request);
  const auto monitor = [&](const std::string& name) {
    return monitor_spectrum(table, *parts, name, edges_in_base(p.wavelength, quantity::wavelength));
  };
  sans_instrument instrument{table,
                             incident_beam_of(*parts),
                             std::move(layout).value(),
                             d->first_pixel,
                             std::move(position),
                             std::move(motion_streams),
                             monitor(in.incident_monitor),
                             p.transmission ? std::optional(monitor(in.transmission_monitor)) : std::nullopt};
  return std::make_unique<i_of_q>(p, in, std::move(instrument));
}

} // namespace

workflow_kind i_of_q_kind() {
  return reduction_kind({{{"i_of_q", "I(Q)"}, {"transmission_fraction", "Transmission Fraction"}}, sans_model()},
                        build_i_of_q);
}

} // namespace livedata
