// Helps a job with a batch that is too much for one worker: an actor that counts one piece of it. It has no state; the
// place where it counts belongs to the job, and to it alone while it is at it.
#pragma once

#include "actors/interfaces.hpp"

namespace livedata {

// Ends with whom it helps.
piece_helper spawn_piece_helper(job_actor::pointer job);
piece_helper spawn_piece_helper(counter_actor::pointer counter);

} // namespace livedata
