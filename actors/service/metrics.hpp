// The metrics of a service, of its jobs, and of its batcher.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/messages.hpp"
#include "actors/metrics.hpp"
#include "messages/log_limit.hpp"

#include <string>
#include <string_view>

namespace livedata {

struct service_metrics {
  caf::telemetry::int_counter* batches;
  caf::telemetry::int_counter* messages;
  caf::telemetry::int_counter* events;
  caf::telemetry::dbl_histogram* fan_out;
  caf::telemetry::int_gauge* waiting;
  // Wall time of the last batch; 0: none yet.
  caf::telemetry::dbl_gauge* last_batch;
  caf::telemetry::int_counter* held;

  service_metrics(caf::actor_system& system, const std::string& service);
};

// Counts messages of a batch that no job gets to see.
caf::telemetry::int_counter* refused_messages(caf::actor_system& system, const std::string& service,
                                              std::string_view reason);

struct job_metrics {
  caf::telemetry::dbl_histogram* processing = nullptr;
  caf::telemetry::int_counter* events = nullptr;
  caf::telemetry::int_counter* divided = nullptr;
  caf::telemetry::int_counter* unknown_pixel = nullptr;
  caf::telemetry::int_counter* out_of_range = nullptr;
  caf::telemetry::int_counter* out_of_table = nullptr;
  caf::telemetry::int_counter* accumulate_failures = nullptr;
  caf::telemetry::int_counter* finalize_failures = nullptr;
  caf::telemetry::int_counter* deaths = nullptr;
  caf::telemetry::int_counter* left_behind = nullptr;
  caf::telemetry::int_counter* dropped_batches = nullptr;
  caf::telemetry::int_counter* dropped_events = nullptr;

  job_metrics() = default;
  job_metrics(caf::actor_system& system, const job_label& label);

  void observe(const job_reply& reply) const;
};

// Counts what a batcher has met: odd times of messages, a window that was put back to the traffic. What people should
// know is in the log, too, and so is another batch length.
class batcher_metrics {
public:
  batcher_metrics(caf::actor_system& system, const std::string& service, const batcher& b);

  // What is new since the last call.
  void observe(const batcher& b);

private:
  caf::telemetry::int_counter* late_;
  caf::telemetry::int_counter* far_ahead_;
  caf::telemetry::int_counter* not_followed_;
  caf::telemetry::int_counter* recoveries_;
  log_limit lines_;
  batcher_tally seen_;
  duration length_;
};

} // namespace livedata
