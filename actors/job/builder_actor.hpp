// Builds workflows beside everything else: what takes minutes there (a large geometry file, say) keeps no job thread
// and no batch waiting.
#pragma once

#include "actors/actors.hpp"
#include "actors/memory_budget.hpp"

namespace livedata {

// An actor on a thread of its own. `jobs`: what all jobs together may need.
builder_actor spawn_builder(caf::actor_system& system, const memory_budget& jobs);

} // namespace livedata
