// Helps a job with a batch that is too much for one worker: an actor that counts one piece of it. It has no state; the
// place where it counts belongs to the job, and to it alone while it is at it.
#pragma once

#include "actors/actors.hpp"

namespace livedata {

// Ends with whom it helps.
piece_helper spawn_piece_helper(job_actor::pointer job);

} // namespace livedata
