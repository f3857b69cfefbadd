// The reporter: adds up what the other actors tell it and shows the state of the run at its own cadence. Not on the
// data path.
#pragma once

#include "actors/actors.hpp"
#include "messages/wall_clock.hpp"

#include <chrono>
#include <memory>

namespace livedata {

// `display` may be null. On finish_atom the display gets the report that is answered as its last one; the cadence ends.
reporter_actor spawn_reporter(caf::actor_system& system, std::shared_ptr<const wall_clock> clock, display_actor display,
                              std::chrono::nanoseconds cadence);

} // namespace livedata
