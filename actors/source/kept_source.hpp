// The source that reads what a transport has kept: from the oldest message to the last that was there when the run
// began. It goes as fast as the coordinators give credit, and drops nothing. It has a thread of its own.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "transport/past_reader.hpp"

#include <string>
#include <vector>

namespace livedata {

struct kept_messages {
  past_opener open;
  std::vector<std::string> topics;
  // Where each lane ends.
  lane_offsets end;
};

// It opens the transport when it runs. The sender of run_atom gets end_atom at the end, with the reason if reading
// failed.
source_actor spawn_kept_source(caf::actor_system& system, kept_messages what, source_surroundings around);

} // namespace livedata
