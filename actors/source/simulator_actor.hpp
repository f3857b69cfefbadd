// The source that makes its own data: pulses at 14 Hz from a pulse_simulator, as raw messages that are decoded and
// routed like those of any transport. On a thread of its own.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "messages/wall_clock.hpp"
#include "transport/simulator/pulse_simulator.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace livedata {

struct pace {
  // 1: real time; n: n times as fast; 0: as fast as the coordinators take it: nothing is made without credit, so
  // nothing is dropped.
  double speed = 1;
  // Pulses until the source ends by itself; 0: none.
  std::uint64_t pulses = 0;
  // Data time of the first pulse; the time on the wall if not given.
  std::optional<timestamp> first_pulse;
};

// Decides what the raw messages are; replaceable by tests that want bad messages among the good ones.
using pulse_maker = std::function<std::vector<raw_message>(std::uint64_t k, timestamp t)>;

// Whoever sent run_atom gets end_atom when the flow has ended.
source_actor spawn_simulator(caf::actor_system& system, pulse_maker make, const pace& how, source_surroundings around);

} // namespace livedata
