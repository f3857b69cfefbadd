// The publisher: hands results to a sink on a thread of its own, in the order in which they come, and measures the lag
// at that moment. A sink that fails costs the results of that batch, which are counted and reported. The publisher goes
// on. It answers a request when the sink has taken the results, so that the sender knows how many are on their way.
#pragma once

#include "actors/actors.hpp"
#include "actors/publisher/result_sink.hpp"
#include "messages/wall_clock.hpp"

#include <memory>

namespace livedata {

publisher_actor spawn_publisher(caf::actor_system& system, std::shared_ptr<result_sink> sink,
                                std::shared_ptr<const wall_clock> clock, const reporter_actor& reporter);

} // namespace livedata
