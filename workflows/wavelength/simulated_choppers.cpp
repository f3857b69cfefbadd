#include "workflows/wavelength/simulated_choppers.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace livedata {

namespace {

constexpr double ess_pulse_length = 2.86e-3; // s
constexpr double behind_sample = 12;         // m
constexpr double before_first_monitor = 0.5; // m

// The names under which workflows ask for tables (table_choice.hpp).
std::set<std::string> table_names(const instrument& inst) {
  std::set<std::string> names;
  for (const auto& w : inst.workflows) {
    const auto table = w.settings.is_object() ? w.settings.find("lookup_table") : w.settings.end();
    if (table == w.settings.end()) continue;
    if (table->is_string()) names.insert(table->get<std::string>());
    if (!table->is_object()) continue;
    for (const auto& [value, name] : table->at("files").items())
      names.insert(name.get<std::string>());
  }
  return names;
}

double along_beam(const transformation_chain& chain, const vec3& source, double otherwise) {
  const auto there = chain.at();
  return there ? distance(source, there->point({0, 0, 0})) : otherwise;
}

} // namespace

source_pulse simulated_pulse(const simulation& s) {
  return {ess_pulse_length, s.shortest, s.longest};
}

chopper_setting simulated_setting(const instrument& inst, std::string_view chopper) {
  if (inst.simulation)
    for (const auto& c : inst.simulation->choppers)
      if (c.name == chopper) return {c.frequency, c.delay};
  return {table_settings().pulse_frequency, 0};
}

std::vector<turning_chopper> simulated_choppers(const instrument& inst, const beamline& b) {
  std::vector<turning_chopper> turning;
  if (!inst.simulation || inst.beamline.value("kind", "") != "described") return turning;
  for (auto& c : choppers_of(inst, b)) {
    const auto& set = inst.simulation->choppers;
    if (std::ranges::find(set, c.disk.name, &simulation::chopper::name) == set.end()) continue;
    c.setting = simulated_setting(inst, c.disk.name);
    turning.push_back(std::move(c));
  }
  return turning;
}

lookup_table simulated_table(const instrument& inst) {
  if (!inst.simulation)
    throw parameter_error(
      fmt::format("the simulator has no neutrons of instrument {}: its file has no \"simulation\"", inst.name));
  const auto parts = read_beamline(inst);
  if (!parts) throw parameter_error(parts.error().message);
  const auto source = parts->source_position();
  if (!source) throw parameter_error(source.error().message);
  const auto sample = parts->sample_position();
  if (!sample) throw parameter_error(sample.error().message);
  const auto to_sample = distance(*source, *sample);
  auto nearest = to_sample;
  for (const auto& [name, chain] : parts->monitors)
    nearest = std::min(nearest, along_beam(chain, *source, to_sample));
  table_settings s;
  s.pulse = simulated_pulse(*inst.simulation);
  s.distance_start = std::max(2 * s.distance_resolution, nearest - before_first_monitor);
  s.distance_stop = to_sample + behind_sample;
  try {
    return compute_table(s, simulated_choppers(inst, *parts)).table;
  } catch (const std::invalid_argument& e) {
    throw parameter_error(fmt::format("the simulated choppers of instrument {}: {}", inst.name, e.what()));
  }
}

void simulate_tables(const std::shared_ptr<const instrument>& inst, data_files& files) {
  if (!inst->simulation || !inst->simulation->scatterer) return;
  for (const auto& name : table_names(*inst))
    if (const auto* file = inst->find_file(name))
      files.make_up<lookup_table>(file->name, [inst] { return simulated_table(*inst); });
}

} // namespace livedata
