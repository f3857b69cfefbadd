// The jobs that a configuration file lists.
#pragma once

#include "app/configuration/config_text.hpp"
#include "app/configuration/settings.hpp"
#include "messages/result.hpp"

#include <caf/config_value.hpp>

#include <string_view>
#include <vector>

namespace livedata {

// `node` and `list` are both the list "jobs": one has the line numbers, the other the values. Refuses unknown keys,
// wrong types, a missing workflow or source, an end that is not after its start, and the same workflow, source and
// number twice.
result<std::vector<job_request>> read_jobs(const config_node& node, const caf::config_value::list& list,
                                           std::string_view origin);

// A job as one line of such a list.
std::string to_config_text(const job_request& job);

} // namespace livedata
