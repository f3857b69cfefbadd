#include "transport/simulator/simulated_neutrons.hpp"

#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace livedata {

namespace {

constexpr std::size_t neutrons_at_sample = 1U << 17U;
constexpr std::size_t number_of_bands = 256;

result<std::vector<chopper_openings>> simulated_openings(const instrument& inst, const beamline& parts) {
  constexpr double pulse_period = 1.0 / 14;
  try {
    std::vector<chopper_openings> openings;
    for (const auto& c : simulated_choppers(inst, parts)) {
      auto times = openings_of(c.disk, c.setting, pulse_period, 1);
      if (!times) return times.error();
      openings.push_back({c.disk.name, c.distance, std::move(times).value()});
    }
    return openings;
  } catch (const parameter_error& e) {
    return failure{"bad_geometry", e.what()};
  }
}

} // namespace

simulated_neutrons::simulated_neutrons(beamline parts, const flight_geometry& flight, const simulation::sample& sample,
                                       neutron_beam beam, std::vector<flying_neutron> at_sample)
  : parts_(std::move(parts)), flight_(flight), sample_(sample), beam_(std::move(beam)),
    at_sample_(std::make_shared<const wavelength_bands>(std::move(at_sample), number_of_bands)) {}

result<simulated_neutrons> simulated_neutrons::make(const instrument& inst, std::uint64_t seed) {
  auto parts = read_beamline(inst);
  if (!parts) return parts.error();
  const auto source = parts->source_position();
  if (!source) return source.error();
  const auto sample = parts->sample_position();
  if (!sample) return sample.error();
  auto openings = simulated_openings(inst, *parts);
  if (!openings) return openings.error();
  neutron_beam beam(simulated_pulse(*inst.simulation), std::move(openings).value());
  portable_random random(derived_seed(seed, "beam", 0));
  auto at_sample = beam.draw(neutrons_at_sample, distance(*source, *sample), random);
  if (at_sample.empty())
    return failure{"bad_choppers",
                   fmt::format("the choppers of instrument {} let no simulated neutrons pass; correct their delays in "
                               "\"simulation\" of the instrument file",
                               inst.name)};
  return simulated_neutrons(std::move(parts).value(), {*source, *sample}, *inst.simulation->scatterer, std::move(beam),
                            std::move(at_sample));
}

event_maker simulated_neutrons::on_detector(const detector& d) const {
  if (d.geometry.is_null() || !d.unreadable.empty()) return nullptr;
  auto geometry = make_geometry(d);
  if (!geometry) return nullptr;
  auto scattered =
    std::make_shared<const scattered_neutrons>(std::move(geometry).value(), flight_, sample_, at_sample_);
  if (!scattered->any()) return nullptr;
  return [scattered, first = d.first_pixel, numbers = d.numbers](std::size_t n, std::uint64_t seed) {
    portable_random random(seed);
    event_columns columns{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n)};
    for (std::size_t i = 0; i < n; ++i) {
      const auto [pixel, arrival] = scattered->draw(random);
      columns.arrivals[i] = static_cast<std::int32_t>(arrival);
      columns.pixels[i] = numbers ? (*numbers)[pixel] : first + static_cast<std::int32_t>(pixel);
    }
    return columns;
  };
}

event_maker simulated_neutrons::on_monitor(const monitor& m) const {
  const auto* chain = parts_.find_monitor(m.name);
  if (chain == nullptr) return nullptr;
  const auto there = chain->at();
  if (!there) return nullptr;
  const auto path = distance(flight_.source, there->point({0, 0, 0}));
  portable_random try_out(0);
  if (beam_.draw(1, path, try_out).empty()) return nullptr;
  const auto absorption = path > distance(flight_.source, flight_.sample) ? sample_.absorption : 0;
  // Plain monitors have no pixels; their producers write 1 for each event. Those of other monitors are hit evenly.
  const auto [first, last] = m.pixels.value_or(std::pair{1, 1});
  const auto pixels = static_cast<double>(last - first + 1);
  return [beam = beam_, path, absorption, first = first, pixels](std::size_t n, std::uint64_t seed) {
    portable_random random(seed);
    event_columns columns;
    for (const auto& neutron : beam.draw(n, path, random)) {
      if (random.uniform() >= std::exp(-absorption * neutron.wavelength)) continue;
      columns.arrivals.push_back(static_cast<std::int32_t>(neutron.arrival(path)));
      columns.pixels.push_back(first + static_cast<std::int32_t>(random.uniform() * pixels));
    }
    return columns;
  };
}

} // namespace livedata
