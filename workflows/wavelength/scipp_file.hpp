// The layout in which scipp keeps its objects in HDF5 files:
//   Variable    a group with the dataset "values", and "variances" beside it if there are any. Attributes of "values":
//               dims (names), and unit: a compound with multiplier and powers of base units, or in old files a text
//   DataArray   a group with the Variable "data", and "coords" and "masks": groups of named children
//   DataGroup   a group with "entries": a group of named children; a plain number has a dataset "entry"
// A named child is a group elem_<number>_<name> with the attribute "name". Each object has the attribute "scipp-type".
#pragma once

#include "workflows/geometry/nexus_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// What a number has to be multiplied by to be in SI base units, and the powers of these units.
struct scipp_unit {
  double multiplier = 1;
  std::vector<std::pair<std::string, int>> powers = {};

  // Whether this is the unit `base` ("m", "s") up to its multiplier.
  bool is(std::string_view base) const { return powers.size() == 1 && powers[0] == std::pair(std::string(base), 1); }
};

struct scipp_variable {
  std::vector<std::string> dims;
  std::vector<std::size_t> shape;
  // Nothing: no unit.
  std::optional<scipp_unit> unit;
  // Row-major.
  std::vector<double> values;
  // Empty: none.
  std::vector<double> variances = {};
};

// `value` in a unit of which one is `multiplier` SI units, in units of `target` SI units. Exact where the ratio of the
// two is a whole number or one over a whole number.
double in_unit(double value, double multiplier, double target);

// All of these throw nexus_error, with the path of what is wrong.

// "DataArray", "DataGroup", "Variable", "int", …; empty if the group is no object of scipp.
std::string scipp_type(const nexus_file& file, const std::string& group);

// Paths of the named children of a group, by their names. No children if there is no such group.
std::vector<std::pair<std::string, std::string>> scipp_children(const nexus_file& file, const std::string& group);

// `most`: how many values there may be.
scipp_variable read_scipp_variable(const nexus_file& file, const std::string& group, std::size_t most);

} // namespace livedata
