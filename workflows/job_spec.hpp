// A job as a value that can be written down: everything that a program needs to make the same job again.
#pragma once

#include "messages/ids.hpp"
#include "messages/job_schedule.hpp"
#include "messages/json.hpp"
#include "messages/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace livedata {

// Role -> stream name, as a user chose them.
using aux_selection = std::vector<std::pair<std::string, std::string>>;

struct job_spec {
  // With the source that the job is for.
  job_id job;
  workflow_id workflow;
  // As asked for, or completed by workflow_recipe.
  json params = json::object();
  aux_selection auxiliary;
  job_schedule schedule;

  friend bool operator==(const job_spec&, const job_spec&) = default;
};

// {"job": {"source_name": …, "job_number": …}, "workflow": "loki/tube_view/1", "params": {…},
//  "auxiliary": {role: stream, …}, "schedule": {"start_time": ns or null, "end_time": ns or null}}
json to_json(const job_spec& spec);

// Reads what to_json() writes, and nothing else. Failure "bad_job_spec"; the message names the field, says what is
// wrong there and what is allowed.
result<job_spec> job_spec_from_json(const json& value);

} // namespace livedata
