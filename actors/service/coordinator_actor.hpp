// The coordinator of a service: advances data time, hands each batch to the jobs (fan-out), and books their answers in
// job-table order (fan-in). It waits for nothing: while jobs work on one batch it places the messages of the next.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/past_actor.hpp"
#include "actors/batching/batcher.hpp"
#include "actors/job/job_actor.hpp"
#include "actors/service/batch_length_log.hpp"
#include "actors/service/commands.hpp"
#include "actors/service/fan_out_plan.hpp"
#include "actors/service/heartbeats.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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

struct coordinator_settings {
  std::string service;
  // Must be there; says what streams mean.
  std::shared_ptr<const instrument> inst;
  // By which the source knows this coordinator.
  std::uint32_t number = 0;
  std::string batch_kind = "rate-aware";
  // Whether batches grow while the jobs cannot keep up.
  bool batch_adaptive = false;
  duration batch_length{1'000'000'000};
  // Makes the batcher instead, if it is there.
  std::function<std::unique_ptr<batcher>()> make_batcher = {};
  // Batch lengths that the run of a recording had.
  std::vector<length_mark> recorded_lengths = {};
  // Notes the batch lengths of this run; may be empty.
  batch_length_log::note note_length = {};
  // Results come so far apart, in data time; with every batch if that is not shorter.
  duration publish_interval{0};
  // Whether data time is the time on the wall; then the lag of a batch counts from its end, else from the arrival of
  // the message that completed it.
  bool data_time_is_wall_time = true;
  // How the work of a batch is shared out.
  fan_out_limits fan_out = {};
  // A job whose actor dies gets a new one this often; the wait doubles each time.
  std::size_t restart_limit = 3;
  std::chrono::nanoseconds restart_delay = std::chrono::milliseconds(100);
  // Status of the service and its jobs: how it is written (not at all without that), how often it is said, and on whose
  // behalf.
  status_writer status = {};
  std::chrono::nanoseconds heartbeat_interval = std::chrono::seconds(2);
  uuid worker_id = {};
  timestamp started_at = {};
  // What start commands may start; without it there is no answer to them.
  recipe_finder recipes = {};
  past_access past = {};
  // Makes the actor of a job.
  job_spawner spawn = spawn_job;
};

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter);

} // namespace livedata
