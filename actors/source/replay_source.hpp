// The source that replays a recording: at the recorded pace, faster, slower, or as fast as the coordinators give
// credit. It has a thread of its own.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "transport/recording/recording.hpp"

#include <memory>

namespace livedata {

// A recording of a run has the portions of that run and the clock that came with each. The replay hands on the same
// portions with the same clock. A recording without portions is cut into short ones.
//
// `speed`: 1: as fast as it was recorded; n: n times as fast; 0: as fast as the coordinators give credit, dropping
// nothing. The sender of run_atom gets end_atom at the end of the recording, with the reason if the recording is cut
// off or damaged. All messages before that place have been handed on by then.
source_actor spawn_replay_source(caf::actor_system& system, std::shared_ptr<recording_reader> recording, double speed,
                                 source_surroundings around);

} // namespace livedata
