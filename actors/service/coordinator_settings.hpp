// What a coordinator is told when it is made.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/past_actor.hpp"
#include "actors/batching/batch_length_log.hpp"
#include "actors/batching/batcher.hpp"
#include "actors/job/job_actor.hpp"
#include "actors/memory_budget.hpp"
#include "actors/service/batch_cycle.hpp"
#include "actors/service/commands.hpp"
#include "actors/service/job_shard.hpp"
#include "actors/service/status.hpp"
#include "actors/snapshot/service_snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace livedata {

// How jobs with a start in the past come to their data.
struct past_access {
  // Makes the actor that reads the past; empty where that cannot be done.
  past_spawner spawn = {};
  // Where the messages begin that the coordinator is given.
  lane_offsets base = {};
  backfill_limits limits = {};

  explicit operator bool() const noexcept { return static_cast<bool>(spawn); }
};

// Where and when the service keeps snapshots of itself.
struct snapshot_access {
  // Null: none are kept.
  snapshot_actor writer = {};
  std::chrono::nanoseconds interval = std::chrono::seconds(10);
  // What a lane is called in every process; nothing for one that is gone.
  std::function<std::optional<lane_name>(std::uint32_t)> lane_name_of = {};
  // Jobs of the configuration.
  std::vector<job_spec> configured = {};

  explicit operator bool() const noexcept { return static_cast<bool>(writer); }
};

struct coordinator_settings {
  std::string service;
  // The part of the jobs of the service that this coordinator has.
  job_shard shard = {};
  // Must be there; says what streams mean.
  std::shared_ptr<const instrument> inst;
  // By which the source knows this coordinator.
  std::uint32_t number = 0;
  // Whether data time is the time on the wall. Then the lag of a batch counts from its end, else from the arrival of
  // the message that completed it; and where something is slow, the others go on without it, else they wait for it, so
  // that the same messages give the same results.
  bool data_time_is_wall_time = true;

  // Where the source reads only what jobs need of the streams that come with the pulses: what it reads for this service
  // from the beginning. Nothing: it reads all of them.
  std::optional<std::set<std::string>> reads = {};

  // --- batches
  std::string batch_kind = "rate-aware";
  // Whether batches grow while the jobs cannot keep up.
  bool batch_adaptive = false;
  duration batch_length{1'000'000'000};
  // Makes the batcher instead, if it is there.
  std::function<std::unique_ptr<batcher>()> make_batcher = {};
  // Results come so far apart, in data time; with every batch if that is not shorter.
  duration publish_interval{0};

  // --- jobs
  // How the work of a batch is shared out.
  fan_out_limits fan_out = {};
  // Makes the actor of a job.
  job_spawner spawn = spawn_job;
  // What start commands may start; without it there is no answer to them.
  recipe_finder recipes = {};
  // Whether a batch waits for the workflows of all jobs that were started before it. Else a job takes part from the
  // batch that is next when its workflow is built.
  bool batches_wait_for_builds = false;
  // If no job answers for so many batch lengths, but at least a second, the others go on without those that are at
  // work. 0: they wait for ever.
  double deadline_lengths = 0;
  // Jobs that were slower than that get a thread of their own; so many jobs at most.
  std::size_t own_threads = 8;
  // What the jobs of all services together may need.
  memory_budget jobs_memory = memory_budget(0);
  // Of a job that the others have gone on without, so many batches and bytes of them wait at most.
  std::size_t behind_batches = 64;
  std::uint64_t behind_memory = 256'000'000;
  // A job whose actor dies gets a new one this often; the wait doubles each time.
  std::size_t restart_limit = 3;
  std::chrono::nanoseconds restart_delay = std::chrono::milliseconds(100);
  past_access past = {};
  snapshot_access snapshots = {};

  // --- results and status
  // Results of so many batches may wait for the publisher.
  std::size_t results_in_flight = 8;
  // Status of the service and its jobs: how it is written (not at all without that), how often it is said, and on whose
  // behalf.
  status_writer status = {};
  std::chrono::nanoseconds heartbeat_interval = std::chrono::seconds(2);
  uuid worker_id = {};
  timestamp started_at = {};

  // --- memory
  // Of all that is in flight, in all services together. Where it is over its limit, no more is asked for while the jobs
  // are at work, results wait for the publisher one by one, and jobs that are behind keep only one batch.
  memory_budget in_flight = memory_budget(0);

  // --- recordings
  // Notes what depends on how fast things are; may be empty.
  std::function<void(const flow_mark&)> note = {};
  // What the run of a recording noted.
  std::vector<length_mark> recorded_lengths = {};
  std::vector<cycle_mark> recorded_cycles = {};

  // What results, metrics, log and snapshots call it.
  std::string name() const { return name_of(service, shard); }
};

inline std::unique_ptr<batcher> batcher_for(const coordinator_settings& s) {
  return s.make_batcher ? s.make_batcher() : make_batcher(s.batch_kind, s.batch_length, s.batch_adaptive);
}

// How long to wait for jobs while batches have that length.
inline std::chrono::nanoseconds deadline(const coordinator_settings& s, duration batch_length) {
  const auto lengths = s.deadline_lengths * static_cast<double>(batch_length.ns);
  return std::chrono::nanoseconds(std::max<std::int64_t>(1'000'000'000, static_cast<std::int64_t>(lengths)));
}

} // namespace livedata
