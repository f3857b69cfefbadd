#include "actors/service/commands.hpp"

#include "messages/codec/acknowledgements.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

std::vector<job_id> selected(const job_table& table, const job_command& command) {
  std::vector<job_id> out;
  for (const auto& j : table.jobs())
    if (command.job ? j.id == *command.job : !command.workflow || j.workflow == *command.workflow) out.push_back(j.id);
  return out;
}

job_table::answer act(job_table& table, job_action action, const job_id& id, const context_lookup& latest,
                      command_outcome& out) {
  switch (action) {
  case job_action::stop:
    table.remove(id);
    out.removed.push_back(id);
    return job_table::answer::done;
  case job_action::reset: {
    auto outcome = table.reset(id, latest);
    if (outcome == job_table::answer::done) out.cleared.push_back(id);
    return outcome;
  }
  case job_action::pause:
    return table.pause(id);
  case job_action::resume:
    return table.resume(id);
  }
  return job_table::answer::refused;
}

} // namespace

recipe_finder find_recipes(std::shared_ptr<const instrument> inst, workflow_registry workflows, std::string service,
                           const job_shard& shard) {
  return [inst = std::move(inst), workflows = std::move(workflows), service = std::move(service),
          shard](const start_command& c) -> std::optional<result<recipe_ptr>> {
    if (c.workflow.instrument != inst->name) return std::nullopt;
    const auto* declaration = inst->find_workflow(c.workflow.name, c.workflow.version);
    if (declaration == nullptr || declaration->service != service) return std::nullopt;
    if (!holds(shard, *inst, c.workflow, c.job)) return std::nullopt;
    return workflows.recipe(inst, to_string(c.workflow), c.job.source_name, c.params, c.aux_source_names);
  };
}

start_command start_of(const job_order& order) {
  auto spec = order.recipe->spec(order.id.job_number, order.schedule);
  return {order.origin, spec.workflow, spec.job, spec.schedule, std::move(spec.auxiliary), std::move(spec.params)};
}

job_entry make_entry(const job_id& id, const workflow_recipe& recipe, const job_schedule& schedule) {
  const auto& declaration = recipe.declaration();
  return {id, recipe.id(), schedule, recipe.needs(id), declaration.reset_on_run_transition, declaration.supports_reset};
}

command_outcome execute(job_table& table, const job_command& command, const context_lookup& latest) {
  command_outcome out;
  auto jobs = selected(table, command);
  if (jobs.empty()) return out;
  out.answer = acknowledgement{command.message_id, command.job ? to_string(*command.job) : "all", std::nullopt};
  for (const auto& id : jobs)
    if (act(table, command.action, id, latest, out) != job_table::answer::done) {
      out.answer->error = fmt::format("Job {} does not support reset.", to_string(id));
      break;
    }
  return out;
}

acknowledgement answer_to(const start_command& command, const std::string& problem) {
  return {command.message_id, command.job.source_name, problem.empty() ? std::nullopt : std::optional(problem)};
}

outgoing_message answer_message(const acknowledgement& answer) {
  return {channel::responses, answer.device, make_payload(acknowledgements::write(answer))};
}

} // namespace livedata
