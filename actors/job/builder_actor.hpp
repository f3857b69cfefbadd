// Builds workflows beside everything else: what takes minutes there (a large geometry file, say) keeps no job thread
// and no batch waiting.
#pragma once

#include "actors/actors.hpp"

namespace livedata {

// An actor on a thread of its own.
builder_actor spawn_builder(caf::actor_system& system);

} // namespace livedata
