// The source that plays a recording: in the time of the recording, faster or slower, or as fast as it is taken. On a
// thread of its own.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "transport/recording/recording.hpp"

#include <memory>

namespace livedata {

// What the recording tells of its run is done again: the same portions, by the same clock. A recording that tells
// nothing of that is cut into short portions.
//
// `speed`: 1: as fast as it was recorded; n: n times as fast; 0: as fast as the coordinators take it, dropping nothing.
// Whoever sent run_atom gets end_atom at the end of the recording, with the reason if it is cut off or damaged; all
// messages before that place have been handed on by then.
source_actor spawn_replay_source(caf::actor_system& system, std::shared_ptr<recording_reader> recording, double speed,
                                 source_surroundings around);

} // namespace livedata
