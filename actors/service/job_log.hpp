// What the log says of jobs. What every batch could say again is said now and then.
#pragma once

#include "actors/job/job_table.hpp"
#include "messages/log_limit.hpp"

#include <string_view>

namespace livedata {

// Jobs that changed their phase.
void log_phases(const job_table::preparation& prepared);

// What goes wrong in jobs.
class failure_log {
public:
  void log(const job_id& id, const job_reply& reply, log_limit::clock::time_point now);

private:
  log_limit limit_;
};

} // namespace livedata
