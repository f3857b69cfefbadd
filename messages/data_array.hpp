// A data array: values with named dimensions, a unit, optional variances and named coordinates. Results of workflows
// and contents of da00 messages are data arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace livedata {

// The numbers of a variable, row-major. The alternative is the element type.
using values =
  std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, std::vector<std::int32_t>>;

std::size_t size_of(const values& v);

// "float64", "float32", "int64" or "int32".
template <class T>
constexpr std::string_view element_name() {
  if constexpr (std::is_same_v<T, double>)
    return "float64";
  else if constexpr (std::is_same_v<T, float>)
    return "float32";
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return "int64";
  else
    return "int32";
}

// Values with dimensions, outermost first, and a unit. `shape` has the size of each of `dims`; the product of the sizes
// is the number of values. A scalar has no dimensions and one value. No unit (nullopt) is not "dimensionless".
// A bin-edge coordinate is longer by one than the data along its dimension.
struct variable {
  std::vector<std::string> dims;
  std::vector<std::int64_t> shape;
  std::optional<std::string> unit;
  values data;

  friend bool operator==(const variable&, const variable&) = default;
};

// A one-dimensional variable.
template <class T>
variable make_vector(std::string dim, std::vector<T> data, std::optional<std::string> unit) {
  auto n = static_cast<std::int64_t>(data.size());
  return {{std::move(dim)}, {n}, std::move(unit), std::move(data)};
}

template <class T>
variable make_scalar(T value, std::optional<std::string> unit) {
  return {{}, {}, std::move(unit), std::vector<T>{value}};
}

struct data_array {
  // Shown to people; the title of the output.
  std::string name;
  variable data;
  // Same shape as the data, unit of the data squared. Only for floating-point data.
  std::optional<values> variances;
  // In order of insertion; no two with the same name.
  std::vector<std::pair<std::string, variable>> coords;

  friend bool operator==(const data_array&, const data_array&) = default;

  // nullptr if there is none of that name.
  const variable* coord(std::string_view coord_name) const;
  // Adds a coordinate, or replaces the one of that name.
  void set_coord(std::string coord_name, variable v);
};

using array_ptr = std::shared_ptr<const data_array>;

// An error text if dims, shape and number of values do not agree, else nothing.
std::optional<std::string> inconsistency(const variable& v);

} // namespace livedata
