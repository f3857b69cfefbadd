#include "workflows/parameter_schema.hpp"

namespace livedata {

namespace {

const char* type_name(parameter_field::kind k) {
  switch (k) {
  case parameter_field::kind::number:
    return "number";
  case parameter_field::kind::integer:
    return "integer";
  case parameter_field::kind::boolean:
    return "boolean";
  case parameter_field::kind::text:
    return "string";
  }
  return "";
}

bool is_unavailable(const parameter_field& field, const json& value) {
  for (const auto& [v, why] : field.unavailable)
    if (v == value) return true;
  return false;
}

json field_schema(const parameter_field& field) {
  json schema{{"type", type_name(field.type)}, {"default", field.standard}};
  if (!field.allowed.empty()) {
    schema["enum"] = json::array();
    for (const auto& value : field.allowed)
      if (!is_unavailable(field, value)) schema["enum"].push_back(value);
  }
  if (field.type == parameter_field::kind::number || field.type == parameter_field::kind::integer) {
    if (field.low > std::numeric_limits<double>::lowest()) schema["minimum"] = field.low;
    if (field.high < std::numeric_limits<double>::max()) schema["maximum"] = field.high;
  }
  return schema;
}

json object_schema() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
}

json group_schema(const parameter_group& group) {
  auto schema = object_schema();
  for (const auto& field : group.fields)
    schema["properties"][field.name] = field_schema(field);
  if (group.rule != group_rule::none)
    schema["description"] = group.rule == group_rule::edges
                              ? "stop is greater than start; start is greater than 0 if scale is \"log\""
                              : "stop is greater than start";
  return schema;
}

} // namespace

json parameter_schema(const parameter_model& model) {
  auto schema = object_schema();
  for (const auto& group : model)
    schema["properties"][group.name] = group_schema(group);
  return schema;
}

} // namespace livedata
