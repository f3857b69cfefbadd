// When a job runs.
#pragma once

#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <optional>

namespace livedata {

// Data time. No start: with the next batch. No end: until it is stopped.
struct job_schedule {
  std::optional<timestamp> start;
  std::optional<timestamp> end;

  // Failure "bad_schedule" unless the end is after the start.
  status check() const;

  friend bool operator==(const job_schedule&, const job_schedule&) = default;
};

} // namespace livedata
