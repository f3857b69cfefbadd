// What the log says of jobs.
#pragma once

#include "actors/service/job_table.hpp"

namespace livedata {

// Jobs that changed their phase.
void log_phases(const job_table::preparation& prepared);

// What went wrong in a job.
void log_failures(const job_id& id, const job_reply& reply);

} // namespace livedata
