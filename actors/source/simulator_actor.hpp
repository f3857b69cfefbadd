// The source that makes its own data: pulses at 14 Hz from a pulse_simulator. They are raw messages, decoded and routed
// as those of any transport. It has a thread of its own.
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
  // 1: real time; n: n times as fast; 0: as fast as the coordinators give credit. At 0 no pulse is made without credit,
  // so that nothing is dropped.
  double speed = 1;
  // Pulses until the source ends by itself; 0: none.
  std::uint64_t pulses = 0;
  // Data time of the first pulse; wall time if not given.
  std::optional<timestamp> first_pulse;
};

// Makes the raw messages of pulse number `k` at pulse time `t`. Tests give their own, with bad messages among the good
// ones. A pulse whose maker throws is rejected, and the next one is made at its time.
using pulse_maker = std::function<std::vector<raw_message>(std::uint64_t k, timestamp t)>;

// The sender of run_atom gets end_atom when the flow has ended.
source_actor spawn_simulator(caf::actor_system& system, pulse_maker make, const pace& how, source_surroundings around);

} // namespace livedata
