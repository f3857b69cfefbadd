// What commands do: which start commands concern a service, and what the others do to its jobs. Plain code.
#pragma once

#include "actors/job/job_table.hpp"
#include "actors/service/job_shard.hpp"
#include "messages/control.hpp"
#include "messages/outgoing.hpp"
#include "messages/result.hpp"
#include "workflows/registry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Makes what a job is built from; a failure is the answer to the sender. Nothing if the command concerns another
// service, or nobody: then there is no answer, since each service reads all commands.
using recipe_finder = std::function<std::optional<result<recipe_ptr>>(const start_command&)>;

// Finds what belongs to `service` among the workflows of the instrument; of its jobs those in a shard.
recipe_finder find_recipes(std::shared_ptr<const instrument> inst, workflow_registry workflows, std::string service,
                           const job_shard& shard = {});

// The command that starts a job.
start_command start_of(const job_order& order);

// What a job is in the table.
job_entry make_entry(const job_id& id, const workflow_recipe& recipe, const job_schedule& schedule);

struct command_outcome {
  // Nothing if no job was concerned: another service will answer, or nobody.
  std::optional<acknowledgement> answer;
  // Jobs whose data has to be cleared, and jobs that are not in the table any more, in table order.
  std::vector<job_id> cleared;
  std::vector<job_id> removed;
};

// Acts on the job that is named, else on those of the workflow, else on all, in table order. The first that cannot do
// it ends the command with an error; those before it keep the effect.
command_outcome execute(job_table& table, const job_command& command, const context_lookup& latest);

// The answer to a start command; `problem` is empty if the job was made.
acknowledgement answer_to(const start_command& command, const std::string& problem);

// The answer as it goes out.
outgoing_message answer_message(const acknowledgement& answer);

} // namespace livedata
