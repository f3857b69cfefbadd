// Whether the engine is well, and if not, what is the matter: decided from what viewers see.
#pragma once

#include "actors/view/http/latest_results.hpp"
#include "messages/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct health_reason {
  // One of starting, no_report, broker_away, source_silent, job_in_error, publisher_failing.
  std::string what;
  // A sentence.
  std::string text;
};

struct health {
  // Whether the process does its work at all: else it has to be started again.
  bool live = true;
  // Why it is not ready; empty: it is.
  std::vector<health_reason> reasons = {};
  // What is wrong, but keeps nobody from working.
  std::vector<std::string> warnings = {};

  bool ready() const noexcept { return live && reasons.empty(); }
};

struct health_input {
  timestamp now;
  // When the process started.
  timestamp started;
  // Whether data flows, or is about to.
  bool running = false;
  // Whether data time is the time on the wall: then silence is a matter of concern.
  bool live_source = true;
  viewed_report report = {};
  std::vector<viewed_job> jobs = {};
  // What is wrong with the connection over which results go; nothing: nothing is.
  std::optional<std::string> producer_trouble = {};
};

// Without a report for longer than that, the process hangs.
inline constexpr duration longest_without_report{15'000'000'000};
// A publisher that failed so long ago is well again.
inline constexpr duration failure_is_over{30'000'000'000};

health decide_health(const health_input& input);

// {"live", "ready", "reasons": [{"what", "text"}], "warnings": [text]}
json to_json(const health& h);

} // namespace livedata
