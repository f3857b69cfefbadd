// What the log says of jobs. What every batch could say again is said now and then.
#pragma once

#include "actors/job/job_table.hpp"
#include "messages/log_limit.hpp"

#include <string>
#include <string_view>

namespace livedata {

// Which jobs of a service have had no data yet, and which streams they wait for; nothing if all have.
void log_waiting(const std::string& service, const job_table& table);

// The jobs that a service has when data begin to flow, in one line; nothing if there are none.
void log_scheduled(const std::string& service, const job_table& table);

// Jobs that changed their phase; many at a time in one line, and each for itself at level debug.
void log_phases(const std::string& service, const job_table::preparation& prepared);

// What goes wrong in jobs.
class failure_log {
public:
  void log(const job_id& id, const job_reply& reply, log_limit::clock::time_point now);

private:
  log_limit limit_;
};

} // namespace livedata
