#include "workflows/wavelength/scipp_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace livedata {

namespace {

using object = nexus_file::object;

// How old files write the units of what is read here.
scipp_unit unit_of_text(const std::string& text, const std::string& where) {
  struct known_unit {
    std::string_view text;
    scipp_unit unit;
  };

  static const std::array<known_unit, 21> known{{{"m", {1, {{"m", 1}}}},
                                                 {"cm", {1e-2, {{"m", 1}}}},
                                                 {"mm", {1e-3, {{"m", 1}}}},
                                                 {"nm", {1e-9, {{"m", 1}}}},
                                                 {"angstrom", {1e-10, {{"m", 1}}}},
                                                 {"\u00c5", {1e-10, {{"m", 1}}}},
                                                 {"\u212b", {1e-10, {{"m", 1}}}},
                                                 {"s", {1, {{"s", 1}}}},
                                                 {"ms", {1e-3, {{"s", 1}}}},
                                                 {"us", {1e-6, {{"s", 1}}}},
                                                 {"\u00b5s", {1e-6, {{"s", 1}}}},
                                                 {"\u03bcs", {1e-6, {{"s", 1}}}},
                                                 {"ns", {1e-9, {{"s", 1}}}},
                                                 {"counts", {1, {{"counts", 1}}}},
                                                 {"count", {1, {{"counts", 1}}}},
                                                 {"dimensionless", {}},
                                                 {"one", {}},
                                                 {"", {}},
                                                 {"rad", {1, {{"rad", 1}}}},
                                                 {"deg", {0.017453292519943295, {{"rad", 1}}}},
                                                 {"meV", {1.602176634e-22, {{"kg", 1}, {"m", 2}, {"s", -2}}}}}};
  for (const auto& k : known)
    if (k.text == text) return k.unit;
  throw nexus_error(fmt::format("{} has the unit \"{}\", which is not known here", where, text));
}

std::optional<scipp_unit> read_unit(const nexus_file& file, const std::string& dataset) {
  const auto members = file.compound_attribute(dataset, "unit");
  if (!members) {
    auto text = file.text_attribute(dataset, "unit");
    return text ? std::optional(unit_of_text(*text, dataset)) : std::nullopt;
  }
  scipp_unit unit;
  constexpr std::string_view powers = "powers/";
  for (const auto& [name, value] : *members) {
    if (name == "multiplier") unit.multiplier = value;
    if (name.starts_with(powers) && value != 0)
      unit.powers.emplace_back(name.substr(powers.size()), static_cast<int>(std::lround(value)));
  }
  if (!std::isfinite(unit.multiplier) || unit.multiplier <= 0)
    throw nexus_error(fmt::format("{} has a unit with the multiplier {}", dataset, unit.multiplier));
  return unit;
}

} // namespace

double in_unit(double value, double multiplier, double target) {
  constexpr double close = 1e-9;
  const auto up = multiplier / target;
  if (up >= 1 && std::abs(up - std::round(up)) <= close * up) return value * std::round(up);
  const auto down = target / multiplier;
  if (down >= 1 && std::abs(down - std::round(down)) <= close * down) return value / std::round(down);
  return value * up;
}

std::string scipp_type(const nexus_file& file, const std::string& group) {
  if (file.what(group) != object::group) return {};
  return file.text_attribute(group, "scipp-type").value_or("");
}

std::vector<std::pair<std::string, std::string>> scipp_children(const nexus_file& file, const std::string& group) {
  std::vector<std::pair<std::string, std::string>> children;
  if (file.what(group) != object::group) return children;
  for (const auto& member : file.members(group)) {
    auto path = group == "/" ? "/" + member : group + "/" + member;
    if (file.what(path) != object::group) continue;
    if (auto name = file.text_attribute(path, "name")) children.emplace_back(*name, path);
  }
  return children;
}

scipp_variable read_scipp_variable(const nexus_file& file, const std::string& group, std::size_t most) {
  const auto dataset = group + "/values";
  if (file.what(dataset) != object::dataset)
    throw nexus_error(fmt::format("{} is no variable: it has no dataset \"values\"", group));
  scipp_variable v;
  v.shape = file.shape(dataset);
  v.values = file.numbers(dataset, most);
  v.dims = file.list_attribute(dataset, "dims").value_or(std::vector<std::string>{});
  if (v.dims.size() != v.shape.size())
    throw nexus_error(
      fmt::format("{} has {} dimensions, but {} names of dimensions", dataset, v.shape.size(), v.dims.size()));
  v.unit = read_unit(file, dataset);
  const auto variances = group + "/variances";
  if (file.what(variances) == object::dataset) v.variances = file.numbers(variances, most);
  if (!v.variances.empty() && v.variances.size() != v.values.size())
    throw nexus_error(fmt::format("{} has {} values, but {} variances", group, v.values.size(), v.variances.size()));
  return v;
}

} // namespace livedata
