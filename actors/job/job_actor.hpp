// The actor around a job: it owns the job, hands it one message at a time, and takes the time.
#pragma once

#include "actors/actors.hpp"

#include <functional>
#include <memory>

namespace livedata {

// Spawns the actor of a job whose workflow is built. Nobody else uses `work` from now on.
job_actor spawn_job(caf::actor_system& system, const job_order& order, std::shared_ptr<job> work);

using job_spawner = std::function<job_actor(caf::actor_system&, const job_order&, std::shared_ptr<job>)>;

} // namespace livedata
