#include "golden/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace livedata::golden {

namespace {

std::vector<double> as_doubles(const values& v) {
  return std::visit([](const auto& n) { return std::vector<double>(n.begin(), n.end()); }, v);
}

bool is_whole(const values& v) {
  return std::holds_alternative<std::vector<std::int64_t>>(v) || std::holds_alternative<std::vector<std::int32_t>>(v);
}

std::string unit_text(const std::optional<std::string>& unit) {
  return unit ? "'" + *unit + "'" : "none";
}

void compare_variables(const std::string& where, const variable& expected, const variable& given, const tolerance& t,
                       verdict& v) {
  if (expected.dims != given.dims)
    v.fault(fmt::format("{}: dimensions ({}) rather than ({})", where, fmt::join(given.dims, ", "),
                        fmt::join(expected.dims, ", ")));
  if (expected.shape != given.shape)
    return v.fault(fmt::format("{}: shape ({}) rather than ({})", where, fmt::join(given.shape, ", "),
                               fmt::join(expected.shape, ", ")));
  if (expected.unit != given.unit)
    v.fault(fmt::format("{}: unit {} rather than {}", where, unit_text(given.unit), unit_text(expected.unit)));
  if (expected.data.index() != given.data.index())
    v.fault(
      fmt::format("{}: numbers of another type ({} rather than {})", where, given.data.index(), expected.data.index()));
  if (is_whole(expected.data) && expected.data.index() == given.data.index()) {
    if (expected.data != given.data) v.fault(where + ": other whole numbers");
    return;
  }
  compare_numbers(where, as_doubles(expected.data), as_doubles(given.data), t, v);
}

std::vector<std::string> names_of(const std::vector<std::pair<std::string, variable>>& coords,
                                  const std::set<std::string>& without) {
  std::vector<std::string> names;
  for (const auto& [name, c] : coords)
    if (!without.contains(name)) names.push_back(name);
  return names;
}

// Values and errors together: where one of them is wrong, so is the sum, unless the value is wrong as well.
std::vector<double> sums(const variable& v, std::vector<double> errors) {
  const auto all = as_doubles(v.data);
  for (std::size_t i = 0; i < std::min(all.size(), errors.size()); ++i)
    errors[i] += all[i];
  return errors;
}

} // namespace

void compare_numbers(const std::string& where, const std::vector<double>& expected, const std::vector<double>& given,
                     const tolerance& t, verdict& v) {
  if (expected.size() != given.size())
    return v.fault(fmt::format("{}: {} numbers rather than {}", where, given.size(), expected.size()));
  std::size_t wrong = 0;
  std::size_t first = 0;
  double largest = 0;
  for (auto x : expected)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto a = expected[i];
    const auto b = given[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const auto deviation = std::abs(a - b) / (t.to_largest ? largest : std::max(std::abs(a), std::abs(b)));
    if (std::isfinite(deviation)) v.deviation = std::max(v.deviation, deviation);
    if (!t.exact && deviation <= t.relative) continue;
    if (wrong++ == 0) first = i;
  }
  if (wrong > 0)
    v.fault(fmt::format("{}: {} of {} numbers differ, the first at {}: {} rather than {}", where, wrong,
                        expected.size(), first, given[first], expected[first]));
}

void compare(const std::string& where, const wire_array& expected, const wire_array& sent, const tolerance& t,
             const std::set<std::string>& in_any_order, verdict& v) {
  const auto& e = expected.array;
  const auto& given = sent.array;
  if (e.name != given.name) v.fault(fmt::format("{}: label '{}' rather than '{}'", where, given.name, e.name));
  compare_variables(where, e.data, given.data, t, v);
  if (expected.has_errors != sent.has_errors)
    v.fault(where + (expected.has_errors ? ": has no errors" : ": has errors, but should not"));
  else if (t.errors_as_values)
    compare_numbers(where + " errors", sums(e.data, expected.errors), sums(given.data, sent.errors), t, v);
  else
    compare_numbers(where + " errors", expected.errors, sent.errors, {t.relative}, v);
  const auto names = names_of(given.coords, in_any_order);
  const auto wanted = names_of(e.coords, in_any_order);
  if (names != wanted)
    v.fault(fmt::format("{}: coordinates {} rather than {}", where, fmt::join(names, ", "), fmt::join(wanted, ", ")));
  for (const auto& [name, c] : given.coords)
    if (e.coord(name) == nullptr) v.fault(fmt::format("{}: coordinate {} that was not expected", where, name));
  for (const auto& [name, c] : e.coords) {
    if (const auto* mine = given.coord(name))
      compare_variables(where + " coordinate " + name, c, *mine, {.relative = t.relative, .to_largest = true}, v);
    else
      v.fault(fmt::format("{}: coordinate {} is missing", where, name));
  }
}

} // namespace livedata::golden
