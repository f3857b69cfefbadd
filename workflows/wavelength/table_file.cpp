#include "workflows/wavelength/table_file.hpp"

#include "workflows/geometry/byte_stream.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/wavelength/scipp_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace livedata {

namespace {

using object = nexus_file::object;
using paths_by_name = std::map<std::string, std::string>;

constexpr std::size_t most_cells = 100'000'000;
constexpr double metres_in_angstrom = 1e-10;
constexpr double seconds_in_ns = 1e-9;

paths_by_name children(const nexus_file& file, const std::string& group) {
  const auto list = scipp_children(file, group);
  return {list.begin(), list.end()};
}

const std::string& path_of(const paths_by_name& paths, const std::string& name, const char* of) {
  auto found = paths.find(name);
  if (found == paths.end()) throw nexus_error(fmt::format("the lookup table has no {} \"{}\"", of, name));
  return found->second;
}

// In units of `target` SI units.
std::vector<double> convert(const scipp_variable& v, std::string_view base, double target, const std::string& what) {
  if (!v.unit || !v.unit->is(base))
    throw nexus_error(
      fmt::format("{} of the lookup table is not in a unit of {}", what, base == "m" ? "length" : "time"));
  auto numbers = v.values;
  for (auto& x : numbers)
    x = in_unit(x, v.unit->multiplier, target);
  return numbers;
}

std::vector<double> read_grid(const nexus_file& file, const paths_by_name& coords, const std::string& name,
                              std::string_view base, double target) {
  const auto v = read_scipp_variable(file, path_of(coords, name, "coordinate"), most_cells);
  if (v.dims != std::vector<std::string>{name})
    throw nexus_error(fmt::format("the coordinate {} of the lookup table is not along a dimension of that name", name));
  return convert(v, base, target, name);
}

// A scalar variable, or a plain number.
double read_scalar(const nexus_file& file, const paths_by_name& paths, const std::string& name, std::string_view base,
                   double target) {
  const auto& path = path_of(paths, name, "scalar");
  if (file.what(path + "/entry") == object::dataset) {
    if (!base.empty()) throw nexus_error(fmt::format("{} of the lookup table has no unit", name));
    return file.numbers(path + "/entry", 1).at(0);
  }
  const auto v = read_scipp_variable(file, path, 1);
  if (v.values.size() != 1) throw nexus_error(fmt::format("{} of the lookup table is no single number", name));
  return base.empty() ? v.values[0] : convert(v, base, target, name)[0];
}

std::vector<std::byte> to_bytes(const lookup_table& t) {
  byte_writer out;
  for (const auto* list : {&t.distance, &t.time, &t.wavelength, &t.variance})
    out.list(*list);
  out.put(t.pulse_period);
  out.put(t.pulse_stride);
  out.put(t.distance_resolution);
  out.put(t.time_resolution);
  return std::move(out.bytes);
}

lookup_table table_of_bytes(std::span<const std::byte> bytes) {
  byte_reader in(bytes);
  lookup_table t;
  for (auto* list : {&t.distance, &t.time, &t.wavelength, &t.variance})
    *list = in.list<double>();
  t.pulse_period = in.get<double>();
  t.pulse_stride = in.get<std::int64_t>();
  t.distance_resolution = in.get<double>();
  t.time_resolution = in.get<double>();
  return t;
}

} // namespace

lookup_table table_of_file(const nexus_file& file) {
  auto type = scipp_type(file, "/");
  paths_by_name scalars;
  std::string array;
  if (type == "DataGroup") {
    scalars = children(file, "/entries");
    array = path_of(scalars, "array", "entry");
    if (scipp_type(file, array) != "DataArray") throw nexus_error("the entry \"array\" is no DataArray");
  } else if (type != "DataArray") {
    throw nexus_error(fmt::format("this is no lookup table: its top level is {}; allowed: a DataArray or DataGroup of "
                                  "scipp",
                                  type.empty() ? "nothing of scipp" : type));
  }
  const auto coords = children(file, array + "/coords");
  if (array.empty()) scalars = coords;

  lookup_table t;
  t.distance = read_grid(file, coords, "distance", "m", 1);
  t.time = read_grid(file, coords, "event_time_offset", "s", seconds_in_ns);
  const auto data = read_scipp_variable(file, array + "/data", most_cells);
  if (data.dims != std::vector<std::string>{"distance", "event_time_offset"})
    throw nexus_error("the lookup table is not over the dimensions (distance, event_time_offset)");
  t.wavelength = convert(data, "m", metres_in_angstrom, "the wavelength");
  t.variance = data.variances;
  const auto factor = data.unit->multiplier / metres_in_angstrom;
  if (std::abs(factor - 1) > 1e-9)
    for (auto& v : t.variance)
      v *= factor * factor;
  t.pulse_period = read_scalar(file, scalars, "pulse_period", "s", seconds_in_ns);
  t.distance_resolution = read_scalar(file, scalars, "distance_resolution", "m", 1);
  t.time_resolution = read_scalar(file, scalars, "time_resolution", "s", seconds_in_ns);
  const auto stride = read_scalar(file, scalars, "pulse_stride", "", 1);
  constexpr double most_pulses = 1000;
  if (!(stride >= 1 && stride <= most_pulses) || stride != std::round(stride))
    throw nexus_error(fmt::format("the lookup table has a pulse_stride of {}; allowed: whole numbers from 1 to {}",
                                  stride, most_pulses));
  t.pulse_stride = static_cast<std::int64_t>(stride);
  return t;
}

result<lookup_table> read_lookup_table(const std::filesystem::path& file) {
  try {
    auto table = table_of_bytes(
      read_isolated(file.string(), [](const nexus_file& content) { return to_bytes(table_of_file(content)); }));
    if (auto ok = check(table); !ok)
      return failure{ok.error().reason, fmt::format("{}: {}", file.string(), ok.error().message)};
    return table;
  } catch (const std::runtime_error& e) {
    return failure{"bad_lookup_table", e.what()};
  }
}

std::shared_ptr<const lookup_table> find_lookup_table(const instrument& inst, std::string_view name,
                                                      data_files& files) {
  const auto* file = inst.find_file(name);
  if (file == nullptr)
    throw parameter_error(
      fmt::format("wavelengths need a lookup table, but instrument {} has no file \"{}\" (\"files\" of the "
                  "instrument file)",
                  inst.name, name));
  if (auto made_up = files.made_up<lookup_table>(*file)) return made_up;
  auto path = files.find(*file, fmt::format("the wavelength lookup table of instrument {}", inst.name));
  if (!path) throw parameter_error(path.error().message);
  return files.get<lookup_table>(*path, "", [](const std::filesystem::path& p) {
    auto table = read_lookup_table(p);
    if (!table) throw parameter_error(table.error().message);
    return std::move(table).value();
  });
}

} // namespace livedata
