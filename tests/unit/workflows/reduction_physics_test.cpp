// Reductions of simulated neutrons against what physics says must come out.
#include "support/events.hpp"
#include "support/free_flight.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/qmap/indirect_spectrometer.hpp"
#include "workflows/reduction/scattering.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

namespace reduction_physics_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using neutrons = std::vector<event>;

std::unique_ptr<workflow> build(const free_flight_folder& folder, const std::string& instrument,
                                const std::string& workflow, const std::string& source, const json& params) {
  auto recipe =
    workflows_with(folder.path()).recipe(instrument_with(instrument, folder.path()), workflow, source, params).value();
  return std::move(recipe->build().value());
}

// One batch of events for each stream, the first of them primary.
job_data batch_of(const std::vector<std::pair<std::string, neutrons>>& streams) {
  job_data data{{1000}, {2000}, {}, {}};
  for (const auto& [stream, events] : streams) {
    auto b = std::make_shared<event_batch>();
    b->add(make_chunk(events, {1'000'000'000}));
    (data.primary.empty() ? data.primary : data.auxiliary).push_back({stream, events_ptr(std::move(b))});
  }
  return data;
}

scattering_pixels pixels_of_bank(const free_flight_folder& folder, const std::string& instrument,
                                 const std::string& bank) {
  const auto inst = instrument_with(instrument, folder.path());
  const auto* d = inst->find_detector(bank);
  return scattering_of(make_geometry(*d).value(), d->first_pixel, incident_beam_of(read_beamline(*inst).value()));
}

event arrival(const scattering_pixels& pixels, std::size_t pixel, double wavelength) {
  return {static_cast<std::int32_t>(std::lround(neutron::time_of_flight(pixels.flight_path[pixel], wavelength))),
          pixels.numbers[pixel]};
}

std::vector<double> numbers_of(const workflow_output& o) {
  return std::get<std::vector<double>>(o.value->data.data);
}

std::vector<double> edges_of(const workflow_output& o, const std::string& name) {
  return std::get<std::vector<double>>(o.value->coord(name)->data);
}

const workflow_output& output(const std::vector<workflow_output>& all, const std::string& name) {
  return *std::ranges::find(all, name, &workflow_output::name);
}

// Of a sphere, at Q R = x.
double form_factor(double x) {
  const auto amplitude = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  return amplitude * amplitude;
}

std::size_t bin_of(const std::vector<double>& edges, double x) {
  return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin()) - 1;
}

struct angle_samples {
  timestamp time;
  double value;
};

// A log of one sample, from the beginning on.
stream_value angle_of(double degrees) {
  auto owner = std::make_shared<const angle_samples>(angle_samples{{1}, degrees});
  auto series = std::make_shared<log_series>();
  series->time = {&owner->time, 1};
  series->value = {&owner->value, 1};
  series->unit = "deg";
  series->owner = owner;
  return stream_value(series_ptr(std::move(series)));
}

} // namespace

TEST_CASE("small-angle scattering by spheres has the form factor of a sphere, and an absorber its transmission") {
  const free_flight_folder folder("loki_i_of_q_current_run", "loki-wavelength-lookup-table-no-choppers.h5", 10, 32);
  const auto pixels = pixels_of_bank(folder, "loki", "loki_detector_1");
  constexpr double shortest = 2;
  constexpr double longest = 10;
  constexpr double radius = 40;
  constexpr double absorption = 0.08;
  std::mt19937_64 rng(1);
  std::uniform_real_distribution<double> wavelength(shortest, longest);
  std::uniform_real_distribution<double> chance(0, 1);
  std::uniform_int_distribution<std::size_t> any_pixel(0, pixels.size() - 1);
  const auto transmission = [](double lambda) { return std::exp(-absorption * lambda); };
  std::vector<double> omega;
  for (const auto& b : pixels.scattered) {
    const auto axis = pixels.shape->axis;
    const auto sine = std::sqrt(1 - std::pow(dot(b, axis) / (length(b) * length(axis)), 2));
    omega.push_back(sine / dot(b, b));
  }
  const auto largest = *std::ranges::max_element(omega);
  neutrons scattered;
  for (int i = 0; i < 12'000'000; ++i) {
    const auto p = any_pixel(rng);
    const auto lambda = wavelength(rng);
    const auto q = neutron::momentum_transfer(lambda, std::sin(pixels.two_theta[p] / 2));
    if (chance(rng) < omega[p] / largest * transmission(lambda) * std::min(1.0, 40 * form_factor(q * radius)))
      scattered.push_back(arrival(pixels, p, lambda));
  }
  // Distances of the geometry file: source -23.6 m, monitors -8.4 m and 0.2 m.
  neutrons before;
  neutrons behind;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto lambda = wavelength(rng);
    before.push_back({static_cast<std::int32_t>(std::lround(neutron::time_of_flight(15.2, lambda))), 1});
    const auto other = wavelength(rng);
    if (chance(rng) < transmission(other))
      behind.push_back({static_cast<std::int32_t>(std::lround(neutron::time_of_flight(23.8, other))), 5});
  }
  const json params{
    {"q_edges", {{"start", 0.06}, {"stop", 0.22}, {"num_bins", 32}, {"scale", "linear"}, {"unit", "1/\u00c5"}}},
    {"wavelength_edges", {{"start", shortest}, {"stop", longest}, {"num_bins", 200}}}};
  const auto w = build(folder, "loki", "i_of_q", "loki_detector_1", params);
  w->accumulate(batch_of({{"loki_detector_1", scattered}, {"beam_monitor_m1", before}, {"beam_monitor_m3", behind}}));
  const auto out = w->finalize();
  const auto i_of_q = numbers_of(output(out, "i_of_q"));
  const auto edges = edges_of(output(out, "i_of_q"), "Q");
  // Zeros of the form factor at Q R = 4.4934 and 7.7253.
  for (const auto x : {4.493409, 7.725252}) {
    const auto minimum = bin_of(edges, x / radius);
    const auto found = std::min_element(i_of_q.begin() + static_cast<std::ptrdiff_t>(minimum) - 3,
                                        i_of_q.begin() + static_cast<std::ptrdiff_t>(minimum) + 4) -
                       i_of_q.begin();
    CHECK(std::abs(static_cast<double>(found) - static_cast<double>(minimum)) <= 1);
  }
  // Where it is not cut off, the whole curve, up to one factor.
  double scale = 0;
  double sum = 0;
  for (std::size_t q = 0; q < i_of_q.size(); ++q) {
    double mean = 0;
    for (int s = 0; s < 50; ++s)
      mean += form_factor((edges[q] + (edges[q + 1] - edges[q]) * (s + 0.5) / 50) * radius) / 50;
    if (mean * 40 > 0.9 || mean * 40 < 0.1) continue;
    if (scale == 0) scale = i_of_q[q] / mean;
    CHECK(i_of_q[q] / mean == doctest::Approx(scale).epsilon(0.08));
    sum += 1;
  }
  CHECK(sum > 5);
  const auto t = numbers_of(output(out, "transmission_fraction"));
  const auto bands = edges_of(output(out, "transmission_fraction"), "wavelength");
  // Ten bins together.
  for (std::size_t k = 0; k + 10 <= t.size(); k += 10) {
    double mean = 0;
    for (std::size_t i = k; i < k + 10; ++i)
      mean += t[i] / 10;
    CHECK(mean == doctest::Approx(transmission(0.5 * (bands[k] + bands[k + 10]))).epsilon(0.04));
  }
}

TEST_CASE("a powder of known d-spacings has its peaks there, and vanadium is as high everywhere") {
  const free_flight_folder folder("dream_powder_vanadium", "DREAM-high-flux-wavelength-lut-5m-80m-bc240.h5", 70, 90);
  const auto pixels = pixels_of_bank(folder, "dream", "sans_detector");
  const std::vector<double> spacings{8.0, 12.5, 22.0};
  std::mt19937_64 rng(3);
  std::uniform_int_distribution<std::size_t> any_pixel(0, pixels.size() - 1);
  neutrons diffracted;
  for (int i = 0; i < 200'000; ++i) {
    const auto p = any_pixel(rng);
    const auto d = spacings[rng() % spacings.size()];
    const auto lambda = 2 * d * std::sin(pixels.two_theta[p] / 2);
    if (lambda > 1.1 && lambda < 3.5) diffracted.push_back(arrival(pixels, p, lambda));
  }
  const json params{{"dspacing_edges", {{"start", 4}, {"stop", 30}, {"num_bins", 520}}},
                    {"wavelength_range", {{"start", 1.1}, {"stop", 3.5}}}};
  const auto w = build(folder, "dream", "powder_reduction", "sans_detector", params);
  w->accumulate(batch_of({{"sans_detector", diffracted}}));
  const auto out = w->finalize();
  const auto i_of_d = numbers_of(output(out, "focussed_data_dspacing"));
  const auto edges = edges_of(output(out, "focussed_data_dspacing"), "dspacing");
  double in_peaks = 0;
  for (auto d : spacings) {
    const auto peak = bin_of(edges, d);
    for (auto k = peak - 1; k <= peak + 1; ++k)
      in_peaks += i_of_d[k];
    CHECK(i_of_d[peak] + i_of_d[peak - 1] > 0);
  }
  CHECK(in_peaks == doctest::Approx(1).epsilon(1e-9));
  // tof of a peak: that of a neutron with the wavelength for d at the mean angle, over the mean path.
  double path = 0;
  double angle = 0;
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    path += pixels.flight_path[p] / static_cast<double>(pixels.size());
    angle += pixels.two_theta[p] / static_cast<double>(pixels.size());
  }
  const auto tof = edges_of(output(out, "focussed_data_tof"), "tof");
  CHECK(tof.front() ==
        doctest::Approx(neutron::time_of_flight(path, 2 * edges.front() * std::sin(angle / 2)) / 1000).epsilon(1e-12));
}

TEST_CASE(
  "neutrons that leave the sample as fast as they came are on the elastic line, at Q = 2 k sin of half the angle") {
  constexpr double earliest = 2.2;
  const free_flight_folder folder("bifrost_qmaps", "BIFROST-simulation-lookup-table.h5", 150, 170, earliest);
  const auto s = read_indirect_spectrometer(folder.path() / "bifrost_260526T151446.repack.h5", "normalization_monitor");
  const auto primary = length(s.sample - s.source);
  const auto period = 1e9 / 14;
  constexpr double a3 = 0.4;
  const auto beam = unit(s.sample - s.source);

  // Events of one pixel of each arc.
  struct expected_place {
    double q;
    vec3 q_sample;
    std::size_t arc;
  };

  std::vector<expected_place> places;
  neutrons events;
  for (std::int32_t arc = 0; arc < 5; ++arc) {
    const auto& p = *std::ranges::find(s.pixels, 1 + 2700 * arc + 137, &analysed_pixel::number);
    const auto k = length(p.final_wavevector);
    const auto wavelength = 2 * std::numbers::pi / k;
    const auto t = neutron::time_of_flight(primary, wavelength);
    REQUIRE(t > (earliest + 0.02) * period);
    REQUIRE(t < (earliest + 0.98) * period);
    events.push_back({static_cast<std::int32_t>(std::lround(std::fmod(t + p.secondary_time, period))), p.number});
    const auto q = k * beam - p.final_wavevector;
    const auto turned = vec3{q.x * std::cos(-a3) + q.z * std::sin(-a3), q.y, q.z * std::cos(-a3) - q.x * std::sin(-a3)};
    places.push_back({2 * k * std::sin(angle(beam, p.final_wavevector) / 2), turned, static_cast<std::size_t>(arc)});
  }

  const auto run = [&](const char* workflow, const json& params) {
    const auto w = build(folder, "bifrost", workflow, "unified_detector", params);
    w->set_context("rotation_stage", angle_of(a3 * 180 / std::numbers::pi));
    w->set_context("detector_tank_angle_r0", angle_of(0));
    w->accumulate(batch_of({{"unified_detector", events}}));
    auto out = w->finalize();
    return std::move(out.at(0));
  };
  const auto map = run("qmap", {{"q_edges", {{"start", 0.1}, {"stop", 3}, {"num_bins", 100}}},
                                {"energy_edges", {{"start", -0.205}, {"stop", 0.205}, {"num_bins", 41}}}});
  const auto values_of_map = numbers_of(map);
  const auto q_edges = edges_of(map, "Q");
  for (const auto& place : places) {
    const auto q = bin_of(q_edges, place.q);
    const auto cell = (place.arc * 41 + 20) * (q_edges.size() - 1) + q;
    REQUIRE(q < q_edges.size() - 1);
    CHECK(values_of_map[cell] > 0);
  }
  const auto flat = run("elastic_qmap", json::object());
  const auto values_of_flat = numbers_of(flat);
  const auto x_edges = edges_of(flat, "Qx");
  const auto z_edges = edges_of(flat, "Qz");
  for (const auto& place : places) {
    const auto x = bin_of(x_edges, place.q_sample.x);
    const auto z = bin_of(z_edges, place.q_sample.z);
    CHECK(values_of_flat[(place.arc * 100 + z) * 100 + x] > 0);
  }
}

TEST_CASE("the elastic line is where it belongs if choppers let every second pulse pass, whichever pulse comes first") {
  constexpr double earliest = 2.2;
  constexpr auto period = 1e9 / 14;
  const char* table_file = "BIFROST-simulation-lookup-table.h5";
  auto table = free_flight_table(150, 170, earliest, 2);
  const auto s = read_indirect_spectrometer(golden_folder("bifrost_qmaps") / "bifrost_260526T151446.repack.h5",
                                            "normalization_monitor");
  const auto primary = length(s.sample - s.source);

  struct elastic_neutron {
    event arrival;
    // Of the message, in its frame.
    std::int64_t pulse;
  };

  std::vector<elastic_neutron> neutrons_of_arcs;
  std::vector<double> at_sample;
  for (std::int32_t arc = 0; arc < 5; ++arc) {
    const auto& p = *std::ranges::find(s.pixels, 1 + 2700 * arc + 137, &analysed_pixel::number);
    const auto t = neutron::time_of_flight(primary, 2 * std::numbers::pi / length(p.final_wavevector));
    const auto arrival = std::fmod(t + p.secondary_time, 2 * period);
    const auto pulse = static_cast<std::int64_t>(arrival / period);
    neutrons_of_arcs.push_back(
      {{static_cast<std::int32_t>(std::lround(arrival - static_cast<double>(pulse) * period)), p.number}, pulse});
    at_sample.push_back(std::fmod(t, 2 * period));
  }
  // In the second half of the frame nothing passes but the neutrons of the first arc. The file has a histogram of its
  // monitor over one pulse, so that only what is in the first half has a weight.
  REQUIRE(at_sample[0] > period);
  for (std::size_t row = 0; row < table.distance.size(); ++row)
    for (std::size_t j = 0; j < table.time.size(); ++j)
      if (table.time[j] > 1.02 * period && std::abs(at_sample[0] - table.time[j]) > 0.03 * period)
        table.wavelength[row * table.time.size() + j] = std::numeric_limits<double>::quiet_NaN();
  const free_flight_folder folder("bifrost_qmaps", table_file, table);
  for (const std::int64_t first : {0, 1}) {
    CAPTURE(first);
    const auto w = build(folder, "bifrost", "qmap", "unified_detector",
                         {{"q_edges", {{"start", 0.1}, {"stop", 3}, {"num_bins", 100}}},
                          {"energy_edges", {{"start", -0.205}, {"stop", 0.205}, {"num_bins", 41}}}});
    w->set_context("rotation_stage", angle_of(0));
    w->set_context("detector_tank_angle_r0", angle_of(0));
    auto batch = std::make_shared<event_batch>();
    for (const std::int64_t message : {0, 1}) {
      neutrons of_message;
      for (const auto& n : neutrons_of_arcs)
        if (n.pulse == (first + message) % 2) of_message.push_back(n.arrival);
      batch->add(
        make_chunk(of_message, {1'000'000'000 + static_cast<std::int64_t>(static_cast<double>(message) * period)}));
    }
    w->accumulate({{1000}, {2000}, {{"unified_detector", events_ptr(std::move(batch))}}, {}});
    const auto out = w->finalize();
    const auto map = numbers_of(out.at(0));
    for (std::size_t arc = 1; arc < 5; ++arc) {
      REQUIRE(at_sample[arc] < period);
      const auto row = map.begin() + static_cast<std::ptrdiff_t>((arc * 41 + 20) * 100);
      CHECK(std::accumulate(row, row + 100, 0.0) > 0);
    }
  }
}

TEST_CASE("a sample that reflects totally up to a critical momentum transfer has its edge there") {
  const free_flight_folder folder("estia_reflectometry", "estia-lookup-table-pulse-stride-1.h5", 34, 45);
  auto inst = *instrument_with("estia", folder.path());
  auto d = *inst.find_detector("multiblade_detector");
  d.geometry = inst.beamline = {{"kind", "nexus"}, {"file", (folder.path() / "220574.nx").string()}};
  const auto pixels =
    scattering_of(make_geometry(d).value(), d.first_pixel, incident_beam_of(read_beamline(inst).value()));
  constexpr double critical = 0.02;
  constexpr double degree = std::numbers::pi / 180;
  std::mt19937_64 rng(8);
  std::uniform_real_distribution<double> wavelength(3.6, 7);
  std::uniform_int_distribution<std::size_t> any_pixel(0, pixels.size() - 1);
  neutrons reflected;
  for (int i = 0; i < 400'000; ++i) {
    const auto p = any_pixel(rng);
    const auto lambda = wavelength(rng);
    // The beam comes along z; the sample is turned by 0.8°, the detector by 1.6°.
    const auto theta = std::atan2(pixels.scattered[p].x, pixels.scattered[p].z) - 1.6 * degree + 0.8 * degree;
    if (theta > 0 && neutron::momentum_transfer(lambda, std::sin(theta)) < critical)
      reflected.push_back(arrival(pixels, p, lambda));
  }
  REQUIRE(reflected.size() > 1000);
  const json params{{"q_edges", {{"start", 0.005}, {"stop", 0.05}, {"num_bins", 45}}},
                    {"wavelength_edges", {{"start", 3.5}, {"stop", 7}, {"num_bins", 140}}},
                    {"theta_edges", {{"start", 0}, {"stop", 2}, {"num_bins", 400}}}};
  const auto w = build(folder, "estia", "reflectometry_reduction", "multiblade_detector", params);
  w->accumulate(batch_of({{"multiblade_detector", reflected}}));
  const auto out = w->finalize();
  const auto i_of_q = numbers_of(output(out, "i_of_q"));
  const auto edges = edges_of(output(out, "i_of_q"), "Q");
  const auto edge = bin_of(edges, critical * (1 + 1e-9));
  double below = 0;
  double above = 0;
  for (std::size_t q = 0; q < i_of_q.size(); ++q)
    (q < edge ? below : above) += i_of_q[q];
  CHECK(below > 0);
  // A cell of angle and wavelength goes to Q as a whole, so that some leaks over the edge.
  CHECK(above < 0.03 * below);
  CHECK(i_of_q[edge - 2] > 0);
}

} // namespace reduction_physics_test
