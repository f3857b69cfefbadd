// The actor around a job: it owns the job, hands it one message at a time, and takes the time.
#pragma once

#include "actors/actors.hpp"

#include <functional>

namespace livedata {

// Spawns the actor of a job. Its workflow is built on build_atom.
job_actor spawn_job(caf::actor_system& system, const job_order& order);

using job_spawner = std::function<job_actor(caf::actor_system&, const job_order&)>;

} // namespace livedata
