// Reading of names that have to be among those known.
#pragma once

#include "workflows/instrument/json_node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// A name out of a set; the failure suggests the nearest and lists the set, or as much of it as a person can read.
std::string one_of(const json_node& node, std::string_view what, const std::vector<std::string>& known);

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const auto& thing : things)
    names.push_back(thing.name);
  return names;
}

} // namespace livedata
