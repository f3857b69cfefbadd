// Neutrons of the simulator against what physics says of them.
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "transport/simulator/fake_producers.hpp"
#include "transport/simulator/neutron_beam.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "transport/simulator/sample_scattering.hpp"
#include "transport/simulator/simulated_neutrons.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/reduction/scattering.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <places.hpp>

namespace simulated_neutrons_test {

using namespace livedata;

namespace {

constexpr double period_ns = 1e9 / 14;

instrument loaded(const std::string& name) {
  return load_instrument(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "instruments" / (name + ".json")).value();
}

// Of all wavelengths that a moderator gives, the part that is shorter: with x = (λ_T / λ)², (1 + x) exp(-x).
double shorter_than(double wavelength, double temperature) {
  const auto x = 949.18 / temperature / (wavelength * wavelength);
  return (1 + x) * std::exp(-x);
}

double form_factor(double x) {
  return std::pow(3 * (std::sin(x) - x * std::cos(x)) / (x * x * x), 2);
}

} // namespace

TEST_CASE("the source gives the spectra of two moderators, evenly over the pulse") {
  const neutron_beam beam({2.86e-3, 0.5, 20}, {});
  portable_random random(3);
  constexpr std::size_t n = 200'000;
  const auto neutrons = beam.draw(n, 10, random);
  REQUIRE(neutrons.size() == n);
  const auto part = [](double from, double to) {
    double sum = 0;
    for (auto t : {300.0, 40.0})
      sum += (shorter_than(to, t) - shorter_than(from, t)) / 2;
    return sum;
  };
  for (const auto& [from, to] : {std::pair{0.5, 1.0}, {1.0, 2.0}, {2.0, 3.0}, {3.0, 5.0}, {5.0, 9.0}, {9.0, 20.0}}) {
    const auto found = std::ranges::count_if(
      neutrons, [&, from = from, to = to](const auto& one) { return one.wavelength >= from && one.wavelength < to; });
    const auto expected = n * part(from, to) / part(0.5, 20);
    CHECK(std::abs(static_cast<double>(found) - expected) < 5 * std::sqrt(expected));
  }
  double sum = 0;
  std::size_t within = 0;
  for (const auto& one : neutrons) {
    within += one.emission >= 0 && one.emission < 2.86e6 ? 1 : 0;
    sum += one.emission;
  }
  CHECK(within == n);
  CHECK(sum / n == doctest::Approx(1.43e6).epsilon(0.01));
}

TEST_CASE("a neutron passes the choppers that stand before a place, and comes there as fast as its wavelength says") {
  // Open from 10 to 12 ms, 7 m behind the source.
  const neutron_beam beam({2.86e-3, 0.5, 20}, {{"chopper", 7, {{0.010, 0.012}}}});
  portable_random random(4);
  for (const auto& one : beam.draw(2000, 15, random)) {
    // h / m_n = 3956.034 m/s Å.
    const auto at_chopper = one.emission * 1e-9 + 7 * one.wavelength / 3956.034;
    CHECK(at_chopper > 0.010 - 1e-9);
    CHECK(at_chopper < 0.012 + 1e-9);
    const auto there = std::fmod(one.emission * 1e-9 + 15 * one.wavelength / 3956.034, 1.0 / 14);
    CHECK(one.arrival(15) == doctest::Approx(there * 1e9).epsilon(1e-7));
  }
  const auto before = beam.draw(2000, 6.9, random);
  CHECK(std::ranges::any_of(before, [](const auto& one) { return one.wavelength < 3; }));
  CHECK(neutron_beam({2.86e-3, 0.5, 20}, {{"closed", 7, {}}}).draw(10, 15, random).empty());
}

TEST_CASE("silicon has its reflections at the d-spacings of its lattice, and no forbidden ones") {
  const auto lines = powder_lines(5.43102, 1.0);
  // 111, 220, 311, 400, 331, 422, and 333 with 511: multiplicity times |F|², 1 for odd and 2 for even indices.
  const std::vector<std::pair<double, double>> expected{{3.1356, 8},  {1.9201, 24}, {1.6375, 24}, {1.3578, 12},
                                                        {1.2460, 24}, {1.1086, 48}, {1.0452, 32}};
  REQUIRE(lines.size() == expected.size());
  for (const auto& [d, strength] : expected) {
    const auto found = std::ranges::find_if(lines, [d = d](const auto& line) { return std::abs(line.d - d) < 1e-4; });
    REQUIRE(found != lines.end());
    CHECK(found->strength == strength);
  }
}

TEST_CASE("spheres scatter with their form factor") {
  CHECK(sphere_form_factor(0) == 1);
  CHECK(sphere_form_factor(0.0099) == doctest::Approx(sphere_form_factor(0.0101)).epsilon(1e-5));
  for (auto x : {0.5, 2.0, 5.0})
    CHECK(sphere_form_factor(x) == doctest::Approx(form_factor(x)).epsilon(1e-12));
  for (auto x : {4.493409, 7.725252, 10.904122})
    CHECK(sphere_form_factor(x) < 1e-12);
}

TEST_CASE("the lookup table of the simulator gives simulated neutrons back their wavelengths") {
  for (const auto* name : {"loki", "dream"}) {
    CAPTURE(name);
    const auto inst = loaded(name);
    const auto table = std::make_shared<const lookup_table>(simulated_table(inst));
    CHECK(check(*table));
    const auto parts = read_beamline(inst).value();
    const auto source = parts.source_position().value();
    const auto to_sample = distance(source, parts.sample_position().value());
    std::vector<chopper_openings> openings;
    for (const auto& c : simulated_choppers(inst, parts))
      openings.push_back({c.disk.name, c.distance, openings_of(c.disk, c.setting, 1.0 / 14, 1).value()});
    CHECK(openings.size() == inst.choppers.size());
    const neutron_beam beam(simulated_pulse(*inst.simulation), openings);
    portable_random random(5);
    const auto path = to_sample + 1.5;
    const event_wavelengths wavelengths(table, path);
    double sum = 0;
    double largest = 0;
    std::size_t known = 0;
    double shortest = 100;
    double longest = 0;
    const auto neutrons = beam.draw(20'000, path, random);
    REQUIRE(neutrons.size() == 20'000);
    for (const auto& one : neutrons) {
      const auto told = wavelengths.at(path, one.arrival(path));
      shortest = std::min(shortest, one.wavelength);
      longest = std::max(longest, one.wavelength);
      if (std::isnan(told)) continue;
      ++known;
      sum += told - one.wavelength;
      // Half of a pulse of 2.86 ms, and half of a cell of the table.
      largest = std::max(largest, std::abs(told - one.wavelength));
    }
    CHECK(largest < (1.43e-3 + 0.3e-3) * 3956 / path);
    // At the ends of the band, cells of the table are not whole.
    CHECK(known > 0.97 * 20'000);
    CHECK(std::abs(sum / static_cast<double>(known)) < 0.01);
    // One frame at the end of the longest path: nothing comes together with what is slower by a frame.
    CHECK((longest - shortest) * (to_sample + 5.2) * 1e3 / 3956 + 2.86 < 1e3 / 14);
  }
}

TEST_CASE("simulated events have the arrival times of neutrons that the sample scatters to their pixels") {
  const auto inst = loaded("dream");
  simulator_settings s;
  s.rate = 20'000;
  s.detectors = {"endcap_forward_detector"};
  s.monitors = {"monitor_cave"};
  auto sim = pulse_simulator::make(inst, s).value();
  CHECK(sim->note().find("5.43102") != std::string::npos);
  const auto* d = inst.find_detector("endcap_forward_detector");
  const auto pixels =
    scattering_of(make_geometry(*d).value(), d->first_pixel, incident_beam_of(read_beamline(inst).value()));
  const auto lines = powder_lines(5.43102, 0.4);
  std::size_t events = 0;
  std::size_t strange = 0;
  for (std::uint64_t k = 0; k < 14; ++k) {
    const auto messages = sim->pulse(k, {1'000});
    const auto m = ev44::read(messages[0].content->bytes()).value();
    for (std::size_t i = 0; i < m.pixel_id.size(); ++i) {
      const auto p = static_cast<std::size_t>(m.pixel_id[i] - d->first_pixel);
      REQUIRE(p < pixels.size());
      // Some line fits to some time of emission.
      const auto fits = std::ranges::any_of(lines, [&](const powder_line& line) {
        const auto wavelength = 2 * line.d * std::sin(pixels.two_theta[p] / 2);
        const auto emitted =
          m.time_of_flight[i] - std::fmod(neutron::time_of_flight(pixels.flight_path[p], wavelength), period_ns);
        return wavelength > 1 && wavelength < 3.5 && emitted > -1 && emitted < 2.86e6;
      });
      if (!fits) ++strange;
      ++events;
    }
  }
  CHECK(strange == 0);
  CHECK(events == 4000);
}

TEST_CASE("behind the sample, monitors see what it does not absorb") {
  auto inst = loaded("loki");
  for (auto& m : inst.monitors)
    m.simulated_events = 20'000;
  const auto neutrons = simulated_neutrons::make(inst, 1).value();
  const auto before = neutrons.on_monitor(*inst.find_monitor("beam_monitor_m1"))(20'000, 7);
  const auto behind = neutrons.on_monitor(*inst.find_monitor("beam_monitor_m3"))(20'000, 8);
  CHECK(before.arrivals.size() == 20'000);
  // Absorption 0.05 / Å, for wavelengths of 1.5 to 10.5 Å.
  CHECK(behind.arrivals.size() < 20'000 * std::exp(-0.05 * 1.5));
  CHECK(behind.arrivals.size() > 20'000 * std::exp(-0.05 * 6));
  // Its pixels.
  const auto [first, last] = inst.find_monitor("beam_monitor_m3")->pixels.value();
  CHECK(*std::ranges::min_element(behind.pixels) >= first);
  CHECK(*std::ranges::max_element(behind.pixels) <= last);
  CHECK_FALSE(neutrons.on_monitor({"nowhere", "Nowhere", 10}));
}

TEST_CASE("choppers that let nothing pass are an error that says where to correct it") {
  auto inst = loaded("dream");
  inst.simulation->choppers[0].delay = 0.030;
  simulator_settings s;
  s.detectors = {"sans_detector"};
  const auto made = pulse_simulator::make(inst, s);
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("correct their delays in \"simulation\"") != std::string::npos);
  inst.simulation->choppers[0].frequency = 13;
  CHECK(pulse_simulator::make(inst, s).error().message.find("turns at 13 Hz") != std::string::npos);
}

TEST_CASE("fake producers send the speeds and delays that the lookup table is made for") {
  const auto inst = loaded("dream");
  fake_settings s;
  s.detectors = s.monitors = s.area_detectors = false;
  constexpr timestamp start{1'790'000'000'000'000'000};
  std::map<std::string, double> sent;
  for (const auto& m : fake_producers(inst, s, start).due(start + duration{1'000'000'000})) {
    const auto log = f144::read(m.content->bytes()).value();
    sent[std::string(log.source_name)] = f144::sample(log).value().as_double();
  }
  REQUIRE_FALSE(inst.choppers.empty());
  for (const auto& c : inst.choppers) {
    CHECK(sent.at(c + "/rotation_speed_setpoint") == simulated_setting(inst, c).frequency);
    CHECK(sent.at(c + "/delay") == simulated_setting(inst, c).delay * 1e9);
  }
  CHECK(sent.at("band_chopper/delay") == doctest::Approx(6.87e6));
}

} // namespace simulated_neutrons_test
