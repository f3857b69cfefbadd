// The state of a job, as status messages have it.
#pragma once

#include <cstdint>
#include <string_view>

namespace livedata {

// The names are those of status messages, but for `waiting`: a job that takes in data, but has no result before some
// other input has delivered. The field's programs have no such state, and are told pending_context.
enum class job_state : std::uint8_t { scheduled, pending_context, active, waiting, warning, error, finishing, stopped };

constexpr std::string_view to_string(job_state s) {
  switch (s) {
  case job_state::scheduled:
    return "scheduled";
  case job_state::pending_context:
    return "pending_context";
  case job_state::active:
    return "active";
  case job_state::waiting:
    return "waiting";
  case job_state::warning:
    return "warning";
  case job_state::error:
    return "error";
  case job_state::finishing:
    return "finishing";
  case job_state::stopped:
    return "stopped";
  }
  return "unknown";
}

} // namespace livedata
