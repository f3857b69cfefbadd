#include "workflows/registry.hpp"

#include "messages/suggestion.hpp"
#include "workflows/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

workflow_recipe::workflow_recipe(std::shared_ptr<const instrument> inst, const workflow_declaration& declaration,
                                 workflow_kind kind, std::string source, json params)
  : inst_(std::move(inst)), declaration_(declaration),
    kind_(std::move(kind)), id_{inst_->name, declaration.name, declaration.version}, source_(std::move(source)),
    params_(std::move(params)), outputs_(kind_.outputs(declaration_)) {}

std::string_view workflow_recipe::title_of(std::string_view output) const {
  auto i = std::find_if(outputs_.begin(), outputs_.end(), [&](const auto& o) { return o.name == output; });
  return i == outputs_.end() ? std::string_view{} : std::string_view{i->title};
}

result<std::unique_ptr<workflow>> workflow_recipe::build() const {
  try {
    return kind_.build({*inst_, declaration_, source_, params_});
  } catch (const parameter_error& e) {
    return failure{"bad_parameter", fmt::format("{} on {}: {}", to_string(id_), source_, e.what())};
  } catch (const std::exception& e) {
    return failure{"build_failed", fmt::format("{} on {} could not be built: {}", to_string(id_), source_, e.what())};
  }
}

void workflow_registry::add(std::string name, workflow_kind kind) {
  if (auto [i, added] = kinds_.try_emplace(std::move(name), std::move(kind)); !added)
    throw std::logic_error(fmt::format("workflow kind '{}' is registered twice", i->first));
}

namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  auto near = nearest(word, candidates);
  return near ? fmt::format(" Did you mean '{}'?", *near) : std::string{};
}

} // namespace

result<recipe_ptr> workflow_registry::recipe(const std::shared_ptr<const instrument>& inst, std::string_view workflow,
                                             std::string_view source, json params) const {
  workflow_id id{inst->name, std::string(workflow), 1};
  if (workflow.find('/') != std::string_view::npos) {
    auto parsed = parse_workflow_id(workflow);
    if (!parsed) return failure{"unknown_workflow", parsed.error().message};
    id = *parsed;
  }
  const auto* declaration = id.instrument == inst->name ? inst->find_workflow(id.name, id.version) : nullptr;
  if (declaration == nullptr) {
    std::vector<std::string> names;
    for (const auto& w : inst->workflows)
      names.push_back(to_string(workflow_id{inst->name, w.name, w.version}));
    return failure{"unknown_workflow",
                   fmt::format("instrument {} has no workflow '{}'.{} There are: {}", inst->name, to_string(id),
                               did_you_mean(to_string(id), names), fmt::join(names, ", "))};
  }
  if (std::find(declaration->sources.begin(), declaration->sources.end(), source) == declaration->sources.end())
    return failure{"unknown_source",
                   fmt::format("workflow {} cannot run on source '{}'.{} Allowed: {}", to_string(id), source,
                               did_you_mean(source, declaration->sources), fmt::join(declaration->sources, ", "))};
  auto kind = kinds_.find(declaration->kind);
  if (kind == kinds_.end()) {
    std::vector<std::string> names;
    for (const auto& k : kinds_)
      names.push_back(k.first);
    return failure{"unknown_kind",
                   fmt::format("workflow {} is of kind '{}', which this program does not have. It has: {}",
                               to_string(id), declaration->kind, fmt::join(names, ", "))};
  }
  try {
    return recipe_ptr{
      std::make_shared<workflow_recipe>(inst, *declaration, kind->second, std::string(source), std::move(params))};
  } catch (const parameter_error& e) {
    return failure{"bad_parameter", fmt::format("{}: {}", to_string(id), e.what())};
  }
}

} // namespace livedata
