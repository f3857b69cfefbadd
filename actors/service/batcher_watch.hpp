// Tells of what a batcher has met: odd times of messages, a window that was put back to the traffic, another length. In
// metrics and, where people should know, in the log.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/metrics.hpp"

#include <spdlog/spdlog.h>
#include <string>
#include <utility>

namespace livedata {

class batcher_watch {
public:
  batcher_watch(caf::actor_system& system, const std::string& service, const batcher& b)
    : late_(counter(system, "batch.late-messages", "Messages older than the batch in which they are.",
                    {{"service", service}})),
      far_ahead_(counter(system, "batch.far-ahead-messages",
                         "Messages more than three batch lengths ahead of the window that was open when they came.",
                         {{"service", service}})),
      recoveries_(counter(system, "batch.recoveries",
                          "How often the window of a batch had lost the traffic and was put back to it.",
                          {{"service", service}})),
      length_(b.batch_length()) {}

  // What is new since the last call.
  void look(const batcher& b) {
    const auto& now = b.tally();
    add(late_, now.late - seen_.late);
    add(far_ahead_, now.far_ahead - seen_.far_ahead);
    add(recoveries_, now.recoveries - seen_.recoveries);
    if (now.recoveries != seen_.recoveries)
      spdlog::warn("batcher_stall_recovery late={} far_ahead={}", now.late, now.far_ahead);
    seen_ = now;
    if (auto old = std::exchange(length_, b.batch_length()); old != length_)
      spdlog::warn("adaptive_batch_level_change old_batch_length_s={} new_batch_length_s={}", old.seconds(),
                   length_.seconds());
  }

private:
  static void add(caf::telemetry::int_counter* c, std::uint64_t n) {
    if (n > 0) c->inc(static_cast<std::int64_t>(n));
  }

  caf::telemetry::int_counter* late_;
  caf::telemetry::int_counter* far_ahead_;
  caf::telemetry::int_counter* recoveries_;
  batcher_tally seen_;
  duration length_;
};

} // namespace livedata
