#include "workflows/instrument/simulation_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace livedata {

namespace {

constexpr double fastest_chopper = 1000; // Hz
constexpr double longest_delay = 1000;   // ms

simulation::chopper read_simulated_chopper(const std::string& name, const json_node& node, const instrument& inst) {
  if (std::ranges::find(inst.choppers, name) == inst.choppers.end())
    node.fail(fmt::format("there is no chopper \"{}\"; allowed: {}", name,
                          inst.choppers.empty() ? "none, the instrument has no choppers"
                                                : fmt::format("{}", fmt::join(inst.choppers, ", "))));
  node.allow_keys({"frequency", "delay"});
  return {name, node.at("frequency").number(-fastest_chopper, fastest_chopper),
          node.at("delay").number(-longest_delay, longest_delay) / 1e3};
}

simulation::sample read_sample(const json_node& node) {
  simulation::sample sample;
  if (node.at("kind").choice({"spheres", "powder"}) == "spheres") {
    node.allow_keys({"kind", "radius", "background", "absorption"});
    simulation::spheres spheres{node.at("radius").positive(), 0};
    if (const auto background = node.find("background")) spheres.background = background->number(0, 1);
    sample.structure = spheres;
  } else {
    node.allow_keys({"kind", "lattice_constant", "absorption"});
    sample.structure = simulation::powder{node.at("lattice_constant").positive()};
  }
  if (const auto absorption = node.find("absorption")) sample.absorption = absorption->number(0);
  return sample;
}

} // namespace

simulation read_simulation(const json_node& node, const instrument& inst) {
  node.allow_keys({"wavelengths", "choppers", "sample"});
  simulation s;
  const auto wavelengths = node.at("wavelengths").items();
  if (wavelengths.size() != 2) node.at("wavelengths").refuse("the shortest and the longest wavelength in \u00c5");
  s.shortest = wavelengths[0].positive();
  s.longest = wavelengths[1].positive();
  if (!(s.shortest < s.longest)) node.at("wavelengths").refuse("first the shortest, then the longest wavelength");
  if (const auto choppers = node.find("choppers"))
    for (const auto& [name, chopper] : choppers->members())
      s.choppers.push_back(read_simulated_chopper(name, chopper, inst));
  if (const auto sample = node.find("sample")) s.scatterer = read_sample(*sample);
  return s;
}

} // namespace livedata
