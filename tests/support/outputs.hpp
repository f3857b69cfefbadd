// What a workflow gave, looked at by name or place.
#pragma once

#include "workflows/workflow.hpp"

#include <stdexcept>
#include <string_view>
#include <vector>

namespace livedata::test {

inline const data_array& output(const std::vector<workflow_output>& outputs, std::string_view name) {
  for (const auto& o : outputs)
    if (o.name == name) return o.value.value();
  throw std::logic_error("no such output");
}

inline const data_array& output(const std::vector<workflow_output>& outputs, std::size_t i) {
  return outputs.at(i).value.value();
}

inline const std::vector<double>& numbers(const data_array& a) {
  return std::get<std::vector<double>>(a.data.data);
}

} // namespace livedata::test
