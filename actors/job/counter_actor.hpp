// Counts a batch once for several jobs. It has no state: the counts come with the order and go back with the answer.
#pragma once

#include "actors/interfaces.hpp"

namespace livedata {

counter_actor spawn_counter(coordinator_actor::pointer coordinator);

} // namespace livedata
