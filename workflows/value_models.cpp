#include "workflows/value_models.hpp"

#include "messages/units.hpp"

#include <fmt/format.h>

#include <cmath>

namespace livedata {

namespace {

using kind = parameter_field::kind;

parameter_field number(std::string name, double standard) {
  return {std::move(name), kind::number, standard};
}

parameter_field flag(std::string name, bool standard) {
  return {std::move(name), kind::boolean, standard};
}

parameter_field word(std::string name, json standard, std::vector<json> allowed) {
  return {std::move(name), kind::text, std::move(standard), std::move(allowed)};
}

std::vector<json> units_of(quantity q) {
  switch (q) {
  case quantity::time_of_arrival:
    return {"ns", "us", "\u03bcs", "ms", "s"};
  case quantity::wavelength:
  case quantity::dspacing:
    return {"\u00c5", "nm"};
  case quantity::two_theta:
  case quantity::theta:
    return {"deg", "rad"};
  case quantity::momentum_transfer:
    return {"1/\u00c5", "1/nm"};
  case quantity::energy_transfer:
    return {"meV", "\u03bceV"};
  }
  return {};
}

// The unit that values of it are computed in.
std::string_view base_unit_of(quantity q) {
  switch (q) {
  case quantity::time_of_arrival:
    return "ns";
  case quantity::wavelength:
  case quantity::dspacing:
    return "\u00c5";
  case quantity::two_theta:
  case quantity::theta:
    return "rad";
  case quantity::momentum_transfer:
    return "1/\u00c5";
  case quantity::energy_transfer:
    return "meV";
  }
  return "";
}

parameter_field unit_field(quantity q, const char* of_time) {
  auto units = units_of(q);
  json standard = q == quantity::time_of_arrival ? json(of_time) : units.front();
  return word("unit", std::move(standard), std::move(units));
}

} // namespace

std::string_view dimension_of(quantity q) {
  switch (q) {
  case quantity::time_of_arrival:
    return "time_of_arrival";
  case quantity::wavelength:
    return "wavelength";
  case quantity::dspacing:
    return "dspacing";
  case quantity::two_theta:
    return "two_theta";
  case quantity::theta:
    return "theta";
  case quantity::momentum_transfer:
    return "Q";
  case quantity::energy_transfer:
    return "\u0394E";
  }
  return "";
}

std::vector<double> edges_model::values() const {
  auto n = static_cast<std::size_t>(num_bins);
  std::vector<double> edges(n + 1);
  auto first = logarithmic ? std::log10(start) : start;
  auto last = logarithmic ? std::log10(stop) : stop;
  auto step = (last - first) / static_cast<double>(num_bins);
  for (std::size_t i = 0; i <= n; ++i) {
    auto x = static_cast<double>(i) * step + first;
    edges[i] = logarithmic ? std::pow(10.0, x) : x;
  }
  edges.front() = start;
  edges.back() = stop;
  return edges;
}

parameter_group edges_group(std::string name, quantity q, double start, double stop, std::int64_t num_bins) {
  parameter_field bins{"num_bins", kind::integer, num_bins, {}, {}, 1, 10000};
  parameter_group group{std::move(name),
                        {number("start", start), number("stop", stop), std::move(bins),
                         word("scale", "linear", {"linear", "log"}), unit_field(q, "ms")},
                        group_rule::edges};
  // Clients of the field know edges of every kind under one set of defaults, which holds for a group given in part.
  if (q != quantity::time_of_arrival) {
    group.fields[0].in_part = 1.0;
    group.fields[1].in_part = 10.0;
    group.fields[2].in_part = 100;
  }
  return group;
}

parameter_group range_group(std::string name, quantity q, double start, double stop) {
  return {std::move(name), {number("start", start), number("stop", stop), unit_field(q, "\u03bcs")}, group_rule::range};
}

parameter_group optional_range_group(std::string name, quantity q, double start, double stop) {
  auto group = range_group(std::move(name), q, start, stop);
  group.fields.insert(group.fields.begin() + 2, flag("enabled", false));
  return group;
}

parameter_group angle_group(std::string name, double value) {
  return {std::move(name), {number("value", value), word("unit", "deg", {"deg", "rad"})}};
}

parameter_group length_group(std::string name, double value) {
  return {std::move(name), {number("value", value), word("unit", "m", {"m", "cm", "mm"})}};
}

parameter_group mode_group(bool has_table) {
  auto mode = word("mode", "toa", {"toa", "wavelength"});
  if (!has_table)
    mode.unavailable = {
      {"wavelength", "requires a wavelength lookup table file, which this workflow does not have here; use 'toa'"}};
  return {"coordinate_mode", {std::move(mode)}};
}

parameter_group weighting_group() {
  return {"pixel_weighting", {flag("enabled", false), word("method", "pixel_number", {"pixel_number"})}};
}

parameter_group toa_edges_group() {
  return edges_group("toa_edges", quantity::time_of_arrival, 0, 71.43);
}

parameter_model events_model(bool has_table) {
  return {mode_group(has_table), optional_range_group("toa_range", quantity::time_of_arrival), toa_edges_group(),
          optional_range_group("wavelength_range", quantity::wavelength),
          edges_group("wavelength_edges", quantity::wavelength, 1, 10)};
}

parameter_model toa_only_model() {
  parameter_group mode{"coordinate_mode", {word("mode", "toa", {"toa"})}};
  return {std::move(mode), optional_range_group("toa_range", quantity::time_of_arrival), toa_edges_group()};
}

spectral_params to_spectral_params(const json& completed) {
  if (completed.at("coordinate_mode").at("mode") == "wavelength")
    return {to_edges(completed.at("wavelength_edges")), to_range(completed.at("wavelength_range")),
            quantity::wavelength};
  return {to_edges(completed.at("toa_edges")), to_range(completed.at("toa_range")), quantity::time_of_arrival};
}

edges_model to_edges(const json& group) {
  return {group.at("start").get<double>(), group.at("stop").get<double>(), group.at("num_bins").get<std::int64_t>(),
          group.at("scale") == "log", wire_unit(group.at("unit").get_ref<const std::string&>())};
}

range_model to_range(const json& group) {
  auto enabled = group.find("enabled");
  return {group.at("start").get<double>(), group.at("stop").get<double>(),
          enabled == group.end() || enabled->get<bool>(), wire_unit(group.at("unit").get_ref<const std::string&>())};
}

std::string wire_unit(std::string_view unit) {
  if (unit == "us" || unit == "\u03bcs") return "\u00b5s";
  if (unit == "\u03bceV") return "\u00b5eV";
  return std::string(unit);
}

double nanoseconds_per(std::string_view unit) {
  const auto scale = scale_between(unit, "ns");
  if (!scale) throw parameter_error(fmt::format("'{}' is no unit of time, such as ns, \u03bcs, ms or s", unit));
  return scale->factor();
}

double base_units_per(quantity q, std::string_view unit) {
  const auto scale = scale_between(unit, base_unit_of(q));
  if (!scale) throw parameter_error(fmt::format("'{}' is no unit of {}", unit, dimension_of(q)));
  return scale->factor();
}

std::vector<double> edges_in_base(const edges_model& edges, quantity q) {
  auto values = edges.values();
  const auto factor = base_units_per(q, edges.unit);
  for (auto& e : values)
    e *= factor;
  return values;
}

std::vector<double> edges_in_ns(const edges_model& edges) {
  auto values = edges.values();
  auto factor = nanoseconds_per(edges.unit);
  for (auto& e : values)
    e *= factor;
  return values;
}

bin_range bins_in_range(const edges_model& edges, const range_model& range, quantity q) {
  if (!range.enabled) return {0, static_cast<std::int32_t>(edges.num_bins)};
  // Multiplied before divided: one rounding where the factor is a power of ten, so that 1001 μs is 1.001 ms exactly.
  const auto from = base_units_per(q, range.unit);
  const auto to = base_units_per(q, edges.unit);
  auto convert = [&](double t) { return t * from / to; };
  return select_bins(edges.values(), convert(range.start), convert(range.stop));
}

} // namespace livedata
