#include "workflows/not_available/not_available.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

std::string text_setting(const workflow_declaration& declaration, const char* name) {
  auto found = declaration.settings.find(name);
  if (found == declaration.settings.end() || !found->is_string())
    throw parameter_error(fmt::format("'settings.{}' of workflow {} must be a text", name, declaration.name));
  return found->get<std::string>();
}

std::vector<output_spec> declared_outputs(const workflow_declaration& declaration) {
  std::vector<output_spec> outputs;
  auto found = declaration.settings.find("outputs");
  if (found == declaration.settings.end() || !found->is_object())
    throw parameter_error(fmt::format("'settings.outputs' of workflow {} must be titles by name", declaration.name));
  for (const auto& [name, title] : found->items()) {
    if (!title.is_string())
      throw parameter_error(fmt::format("'settings.outputs.{}' of workflow {} must be a text", name, declaration.name));
    outputs.push_back({name, title.get<std::string>()});
  }
  return outputs;
}

std::unique_ptr<workflow> refuse_to_build(const build_request& request) {
  throw parameter_error(fmt::format("workflow {} ({}) cannot run here: {}", request.declaration.name,
                                    request.declaration.title, text_setting(request.declaration, "reason")));
}

} // namespace

workflow_kind not_available_kind() {
  return {declared_outputs, refuse_to_build, {}, {}};
}

} // namespace livedata
