// Writes the snapshots of services of a process, one after the other, on a thread of its own: a slow disk slows
// nothing else down.
#pragma once

#include "actors/actors.hpp"
#include "transport/snapshots/snapshot_store.hpp"

#include <map>
#include <memory>
#include <string>

namespace livedata {

// By service.
using snapshot_stores = std::map<std::string, std::shared_ptr<snapshot_store>>;

snapshot_actor spawn_snapshot_writer(caf::actor_system& system, snapshot_stores stores);

} // namespace livedata
