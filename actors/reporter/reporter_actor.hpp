// The reporter: adds up the reports of the other actors, and shows the state of the run at a regular interval. No data
// passes through it.
#pragma once

#include "actors/actors.hpp"
#include "messages/wall_clock.hpp"

#include <chrono>
#include <memory>

namespace livedata {

// `display` and `viewer` are told the same, and each may be null. The answer to finish_atom is the last report; they
// get it too.
reporter_actor spawn_reporter(caf::actor_system& system, std::shared_ptr<const wall_clock> clock, display_actor display,
                              std::chrono::nanoseconds cadence, display_actor viewer = {});

} // namespace livedata
