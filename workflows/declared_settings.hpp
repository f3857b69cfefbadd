// Reading the settings of a workflow declaration.
#pragma once

#include "messages/json.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/instrument/json_node.hpp"
#include "workflows/parameter_model.hpp"

#include <utility>

namespace livedata {

// Gives f(settings). What is wrong with them becomes a parameter_error.
template <class F>
auto read_settings(const workflow_declaration& declaration, F&& f) {
  static const json none = json::object();
  try {
    const auto& settings = declaration.settings;
    return std::forward<F>(f)(json_node(settings.is_null() ? none : settings, "the settings", "/settings"));
  } catch (const json_error& e) {
    throw parameter_error(e.what());
  }
}

} // namespace livedata
