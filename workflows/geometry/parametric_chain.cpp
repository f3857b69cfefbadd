#include "workflows/geometry/parametric_chain.hpp"

#include <limits>

namespace livedata {

namespace {

constexpr auto lowest = std::numeric_limits<double>::lowest();

transformation read_transformation(const json_node& node) {
  node.allow_keys({"kind", "vector", "value", "unit", "offset", "entry"});
  transformation t;
  auto kind = node.at("kind");
  auto name = kind.text();
  if (name != "translation" && name != "rotation") kind.refuse("\"translation\" or \"rotation\"");
  t.kind = name == "rotation" ? transformation_kind::rotation : transformation_kind::translation;
  t.vector = read_vec3(node.at("vector"));
  t.value = node.at("value").number(lowest);
  auto unit = node.at("unit");
  t.unit = unit.text();
  if (name == "rotation" && !radians_per(t.unit)) unit.refuse("a unit of angle, such as \"deg\"");
  if (name == "translation" && !metres_per(t.unit)) unit.refuse("a unit of length, such as \"m\" or \"mm\"");
  if (auto offset = node.find("offset")) t.offset = read_vec3(*offset);
  if (auto entry = node.find("entry")) t.entry = entry->text();
  return t;
}

} // namespace

vec3 read_vec3(const json_node& node) {
  auto parts = node.items();
  if (parts.size() != 3) node.refuse("a list of the three numbers x, y, z");
  return {parts[0].number(lowest), parts[1].number(lowest), parts[2].number(lowest)};
}

transformation_chain read_chain(const json_node& geometry) {
  std::vector<transformation> steps;
  if (auto list = geometry.find("transformations")) {
    for (const auto& item : list->items())
      steps.push_back(read_transformation(item));
  }
  return transformation_chain(std::move(steps));
}

} // namespace livedata
