// The engine: all actors of one process, wired up. Starts them in order, and ends them in order: the source first, then
// the last batch, then its results.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/past_actor.hpp"
#include "actors/job/job_actor.hpp"
#include "actors/profile/profiler.hpp"
#include "actors/publisher/result_sink.hpp"
#include "actors/service/status.hpp"
#include "actors/source/simulator_actor.hpp"
#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "app/snapshots.hpp"
#include "messages/result.hpp"
#include "messages/wall_clock.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Whether data time is the time on the wall, as it is with Kafka and with the simulator in real time.
bool data_time_is_wall_time(const settings& s);

using source_spawner = std::function<source_actor(caf::actor_system&, source_surroundings)>;

// What surrounds an engine.
struct engine_surroundings {
  std::shared_ptr<result_sink> sink;
  std::shared_ptr<const wall_clock> clock;
  // Makes the source; the simulator, with the pulses below, if empty.
  source_spawner spawn_source;
  pulse_maker pulses;
  // May be null.
  display_actor display;
  // Told the same as the display; may be null.
  display_actor viewer = {};
  // How to read again what the source has given; nothing if that cannot be done.
  rewindable past = {};
  // Data time of the first pulse; the time on the wall if not given.
  std::optional<timestamp> first_pulse;
  // Makes the actors of jobs.
  job_spawner spawn = spawn_job;
  // How status is written; none is said without it.
  status_writer status = {};
  // Sees every raw message; may be empty.
  raw_tap tap;
  // Notes how messages are taken in; may be null.
  std::shared_ptr<flow_recorder> recorder;
  // How the run that is replayed took its messages in; may be null.
  std::shared_ptr<const recorded_flow> recorded;
  // Messages of this process itself; may be null.
  std::shared_ptr<raw_inbox> inbox = {};
  // Where snapshots are kept, and what the services go on from.
  engine_snapshots snapshots = {};
};

class engine {
public:
  // Spawns everything but the jobs; nothing flows yet.
  engine(caf::actor_system& system, const settings& s, const engine_plan& plan, const engine_surroundings& around);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  // Ends all actors at once if that was not done in order before.
  ~engine();

  // Lets the services go on from their snapshots, builds all other jobs, side by side, and waits for them; then lets
  // the data flow. Nothing flows after a failure.
  status start();

  // Waits until the source has ended by itself, or one of the actors that a run needs has died; at most so long.
  // Whether one of the two has come.
  bool wait_for_source(std::chrono::milliseconds at_most);

  // Why the source ended, if something broke.
  const std::optional<std::string>& source_failure() const noexcept { return source_failure_; }

  // Why the run is no good, if something broke: an actor that died, or the source.
  const std::optional<std::string>& what_broke() const noexcept { return death_ ? death_ : source_failure_; }

  // Ends the source, has the last batch booked and its results handed over. Gives the report of the whole run. Actors
  // that died are passed over: the others end in order.
  run_report finish();

  // Jobs that were still at work when finish() gave up on them. While there are any, no thread that runs jobs can be
  // ended in order.
  std::uint32_t stuck_jobs() const noexcept { return stuck_jobs_; }

  const source_actor& source() const noexcept { return source_; }

  const publisher_actor& publisher() const noexcept { return publisher_; }

  // By number of the service in the plan.
  const coordinator_actor& coordinator(std::size_t number) const { return coordinators_.at(number); }

private:
  struct placed_order {
    order_ptr order;
    // Number of the service that has it.
    std::size_t service;
  };

  void resume();
  void save();
  const snapshot_actor& snapshot_writer_of(caf::actor_system& system, const job_shard& shard,
                                           const snapshot_stores& stores);
  void end_actors();
  template <class Handle>
  void watch(std::string who, const Handle& actor);
  void receive_what_came();
  bool receive();
  void note_death(const caf::down_msg& down);

  caf::scoped_actor self_;
  profiler profiler_;
  std::vector<placed_order> orders_;
  // With their shards.
  std::vector<std::string> services_;
  display_actor display_;
  display_actor viewer_;
  reporter_actor reporter_;
  publisher_actor publisher_;
  // By shard.
  std::map<std::uint32_t, snapshot_actor> snapshot_writers_;
  // By number of the service; empty if no snapshots are kept.
  std::vector<resumed_ptr> resumed_;
  std::vector<coordinator_actor> coordinators_;
  source_actor source_;
  bool source_runs_ = false;
  std::uint32_t stuck_jobs_ = 0;
  std::optional<std::string> source_failure_;
  // Who is who, of those that a run needs.
  std::map<caf::actor_addr, std::string> watched_;
  std::optional<std::string> death_;
};

} // namespace livedata
