#include "workflows/registry.hpp"

#include "messages/suggestion.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

aux_selection complete(const aux_selection& chosen, const std::vector<auxiliary_role>& roles) {
  aux_selection all;
  for (const auto& role : roles) {
    auto i = std::find_if(chosen.begin(), chosen.end(), [&](const auto& c) { return c.first == role.role; });
    all.emplace_back(role.role, i == chosen.end() ? role.standard : i->second);
  }
  return all;
}

// Of the exception in flight, which a kind of workflow has thrown: what kinds are made of is not known here.
failure why_not(const workflow_id& id, std::string_view source) {
  const auto failed = [&](std::string_view why) {
    return failure{"build_failed", fmt::format("{} on {} could not be built: {}", to_string(id), source, why)};
  };
  try {
    throw;
  } catch (const parameter_error& e) {
    return failure{"bad_parameter", fmt::format("{} on {}: {}", to_string(id), source, e.what())};
  } catch (const std::exception& e) {
    return failed(e.what());
  } catch (...) {
    return failed("its implementation threw something that is no std::exception");
  }
}

} // namespace

workflow_recipe::workflow_recipe(std::shared_ptr<const instrument> inst, const workflow_declaration& declaration,
                                 workflow_kind kind, std::string source, json params, aux_selection auxiliary,
                                 workflow_limits limits, std::shared_ptr<data_files> files)
  : inst_(std::move(inst)), declaration_(declaration),
    kind_(std::move(kind)), id_{inst_->name, declaration.name, declaration.version}, source_(std::move(source)),
    params_(kind_.parameters ? complete_parameters(kind_.parameters(declaration_), params) : std::move(params)),
    auxiliary_(std::move(auxiliary)), limits_(limits), files_(std::move(files)), outputs_(kind_.outputs(declaration_)) {
}

std::string_view workflow_recipe::title_of(std::string_view output) const {
  auto i = std::find_if(outputs_.begin(), outputs_.end(), [&](const auto& o) { return o.name == output; });
  return i == outputs_.end() ? std::string_view{} : std::string_view{i->title};
}

job_spec workflow_recipe::spec(const uuid& job_number, const job_schedule& schedule) const {
  return {{source_, job_number}, id_, params_, auxiliary_, schedule};
}

stream_needs workflow_recipe::needs(const job_id& job) const {
  stream_needs needs;
  for (const auto& [role, stream] : auxiliary_)
    needs.auxiliary.push_back(stream);
  if (kind_.context) needs.context = kind_.context(declaration_, job);
  for (const auto& c : inst_->contexts)
    if (contains(c.sources, source_) && !contains(c.except, declaration_.name)) needs.gating.push_back(c.stream);
  if (kind_.gating)
    for (auto& stream : kind_.gating(*inst_, declaration_, source_))
      if (!contains(needs.gating, stream)) needs.gating.push_back(std::move(stream));
  return needs;
}

result<std::unique_ptr<workflow>> workflow_recipe::build(const memory_claim& claim, const memory_use& use) const {
  try {
    return kind_.build({*inst_, declaration_, source_, params_, auxiliary_, limits_, claim, *files_, use});
  } catch (...) {
    return why_not(id_, source_);
  }
}

void workflow_registry::add(std::string name, workflow_kind kind) {
  if (auto [i, added] = kinds_.try_emplace(std::move(name), std::move(kind)); !added)
    throw std::logic_error(fmt::format("workflow kind '{}' is registered twice", i->first));
}

std::vector<std::string> workflow_registry::kinds() const {
  std::vector<std::string> names;
  for (const auto& k : kinds_)
    names.push_back(k.first);
  return names;
}

const workflow_kind* workflow_registry::find(std::string_view kind) const {
  auto found = kinds_.find(kind);
  return found == kinds_.end() ? nullptr : &found->second;
}

namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  auto near = nearest(word, candidates);
  return near ? fmt::format(" Did you mean '{}'?", *near) : std::string{};
}

} // namespace

result<recipe_ptr> workflow_registry::recipe(const std::shared_ptr<const instrument>& inst, std::string_view workflow,
                                             std::string_view source, json params, const aux_selection& chosen) const {
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
  if (!chosen.empty() && declaration->auxiliary.empty())
    return failure{"bad_parameter", fmt::format("workflow {} takes no auxiliary streams, but got one for the role '{}'",
                                                to_string(id), chosen.front().first)};
  if (!contains(declaration->sources, source))
    return failure{"unknown_source",
                   fmt::format("workflow {} cannot run on source '{}'.{} Allowed: {}", to_string(id), source,
                               did_you_mean(source, declaration->sources), fmt::join(declaration->sources, ", "))};
  auto kind = kinds_.find(declaration->kind);
  if (kind == kinds_.end())
    return failure{"unknown_kind",
                   fmt::format("workflow {} is of kind '{}', which this program does not have. It has: {}",
                               to_string(id), declaration->kind, fmt::join(kinds(), ", "))};
  try {
    auto made =
      std::make_shared<workflow_recipe>(inst, *declaration, kind->second, std::string(source), std::move(params),
                                        complete(chosen, declaration->auxiliary), limits_, files_);
    // What would throw when the job is added, throws here.
    (void)made->needs({std::string(source), {}});
    return recipe_ptr{std::move(made)};
  } catch (...) {
    return why_not(id, source);
  }
}

} // namespace livedata
