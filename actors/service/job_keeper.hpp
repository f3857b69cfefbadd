// Sees to it that each job has an actor: makes it, watches it, and replaces one that dies, a few times and with growing
// delay. Part of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/job/job_actor.hpp"
#include "actors/service/job_crew.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace livedata {

class job_keeper {
public:
  struct settings {
    // Makes the actor of a job.
    job_spawner spawn;
    // A job whose actor dies gets a new one this often; the wait doubles each time.
    std::size_t restart_limit = 3;
    std::chrono::nanoseconds restart_delay = std::chrono::milliseconds(100);
  };

  // What the owner is told, between two of its messages.
  struct listener {
    // A job has no actor any more, and what it had is lost.
    std::function<void(const job_id&, std::string why)> lost;
    // It has a new one.
    std::function<void(const job_id&)> returned;
  };

  job_keeper(coordinator_actor::pointer self, settings s, listener l)
    : self_(self), settings_(std::move(s)), listener_(std::move(l)), watcher_(self), crew_(self->system()) {}

  // `problem`: what was wrong, or nothing.
  using built = std::function<void(const std::string& problem)>;

  // Makes an actor that builds the job's workflow. `done` is told later. The actor has then to be taken on or ended.
  job_actor build(const order_ptr& order, built done);

  // Takes on a job whose workflow is built, in place of a former job of that id.
  void take_on(const order_ptr& order, const job_actor& actor);

  // Ends the actor of a job, if there is one.
  void dismiss(const job_id& id) { crew_.dismiss(id); }

  // nullptr if there is none.
  crew_member* find(const job_id& id) { return crew_.find(id); }

  // For a request that the actor of that generation did not answer. The death of an actor may be told any number of
  // times.
  void died(const job_id& id, std::uint64_t generation, const caf::error& reason);

private:
  void replace(const job_id& id, crew_member& member, const std::string& why);
  void restart(const job_id& id, const order_ptr& order);

  coordinator_actor::pointer self_;
  settings settings_;
  listener listener_;
  watcher watcher_;
  job_crew crew_;
};

// Ends an actor that no job needs.
void end_job(const job_actor& actor);

} // namespace livedata
