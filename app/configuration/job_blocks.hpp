// The jobs that a configuration file lists.
#pragma once

#include "app/configuration/config_text.hpp"
#include "app/configuration/settings.hpp"
#include "messages/result.hpp"

#include <caf/config_value.hpp>

#include <string_view>
#include <vector>

namespace livedata {

// `node` (for line numbers) and `list` are the same list "jobs". Refuses unknown keys, wrong types, a missing workflow
// or source, an end that is not after its start, and a job that is listed twice (same workflow, source and number).
result<std::vector<job_request>> read_jobs(const config_node& node, const caf::config_value::list& list,
                                           std::string_view origin);

// A job as one line of such a list.
std::string to_config_text(const job_request& job);

} // namespace livedata
