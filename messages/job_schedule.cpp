#include "messages/job_schedule.hpp"

#include <fmt/format.h>

namespace livedata {

status job_schedule::check() const {
  if (!start || !end || *end > *start) return nothing{};
  return failure{"bad_schedule",
                 fmt::format("Job end_time=Timestamp(ns={}) must be greater than start_time=Timestamp(ns={}), or "
                             "start_time must be None (immediate start)",
                             end->ns, start->ns)};
}

} // namespace livedata
