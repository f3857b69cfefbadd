// The status that a service sends at regular times, of itself and of each of its jobs (x5f2 messages).
#pragma once

#include "messages/ids.hpp"
#include "messages/job_state.hpp"
#include "messages/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct job_heartbeat {
  job_id job;
  workflow_id workflow;
  job_state state = job_state::scheduled;
  std::optional<std::string> warning;
  std::optional<std::string> error;
  // Data time of the job; nothing before its first primary data and after a reset.
  std::optional<timestamp> start;
  std::optional<timestamp> end;
};

enum class service_state : std::uint8_t { starting, running, stopped, error };

// Raw messages of one (topic, source name) within a window of time.
struct stream_count {
  std::string topic;
  std::string source_name;
  // The stream that they belong to; nothing if the source is unknown.
  std::optional<std::string> stream;
  std::uint64_t count = 0;

  friend bool operator==(const stream_count&, const stream_count&) = default;
};

struct stream_statistics {
  double window_seconds = 0;
  // By topic, then source name.
  std::vector<stream_count> streams;

  friend bool operator==(const stream_statistics&, const stream_statistics&) = default;
};

struct service_heartbeat {
  std::string instrument;
  std::string service_name;
  // Another one at each start of the service.
  uuid worker_id;
  service_state state = service_state::running;
  timestamp started_at;
  std::uint64_t active_job_count = 0;
  std::optional<std::string> error;
  double batch_interval_seconds = 1;
  std::optional<stream_statistics> stream_stats;
};

} // namespace livedata
