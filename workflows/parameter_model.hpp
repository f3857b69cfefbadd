// Parameters that a user may give to a workflow, described as data: groups of fields, each with its kind, default and
// what is allowed. The same description checks what is given, fills in what is missing and is shown to people.
#pragma once

#include "messages/json.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// A parameter that cannot be used. The text names the field, says what is wrong and what is allowed; if several are
// wrong it names them all.
class parameter_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct parameter_field {
  enum class kind : std::uint8_t { number, integer, boolean, text };

  std::string name;
  kind type = kind::number;
  // Used where the field is missing.
  json standard;
  // If not empty, the only values that a field of kind text or integer may have.
  std::vector<json> allowed = {};
  // Values that are allowed in principle, and why they cannot be used.
  std::vector<std::pair<json, std::string>> unavailable = {};
  // Bounds of numbers and integers, which are included.
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
  // Used instead of `standard` where the group is given, but not the field. Null: the same; see also `needed`.
  json in_part = {};
  // Whether a group that is given must have the field.
  bool needed = false;
};

// What has to hold between the fields of a group: stop > start (range), and start > 0 if scale is "log" (edges).
enum class group_rule : std::uint8_t { none, range, edges };

struct parameter_group {
  std::string name;
  std::vector<parameter_field> fields;
  group_rule rule = group_rule::none;
};

// No groups: a workflow that takes no parameters.
using parameter_model = std::vector<parameter_group>;

// `given` (an object, or null for none) with every field of the model present and of its kind. Takes what clients of
// the field take for granted: numeric texts and truth values for numbers, whole floats for integers, and the usual
// words and 0 and 1 for truth values. The two micro signs, and the two signs for ångström, are the same. A field
// "unit" takes every spelling of an allowed unit, and becomes the allowed one ("microseconds": "us"). Refuses
// unknown groups and fields. Throws parameter_error that lists everything that is wrong.
json complete_parameters(const parameter_model& model, const json& given);

// A group as an instrument file declares it: field names with {"default": …, "allowed": […], "unavailable": {value:
// why}}; the kind follows from the default. Throws parameter_error.
parameter_group read_parameter_group(const std::string& name, const json& declared, const std::string& path);

} // namespace livedata
