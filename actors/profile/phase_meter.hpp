// Takes the processor time of phases into the metrics of the actor system. A member of the state of an actor; actors
// take it for portions and batches, not for single messages. Times within 20 microseconds of a reading of the thread's
// processor clock are taken from the wall clock, which costs a tenth: what else the processor did in them counts too.
#pragma once

#include "actors/metrics.hpp"
#include "actors/phase.hpp"

#include <caf/all.hpp>

#include <array>

namespace livedata {

class phase_meter {
public:
  explicit phase_meter(caf::actor_system& system);

  // Begins to take the time of the calling thread. To be called in every message handler anew unless the actor has a
  // thread of its own.
  void start();

  // All time since start() or the last call of this, on the same thread, was of that phase.
  void over(phase p);

  // Takes the time until the end of the scope.
  class span {
  public:
    span(phase_meter& meter, phase p) : meter_(meter), phase_(p) { meter_.start(); }

    span(const span&) = delete;
    span& operator=(const span&) = delete;

    ~span() { meter_.over(phase_); }

  private:
    phase_meter& meter_;
    phase phase_;
  };

  // What all meters of the actor system have taken so far.
  static phase_times totals(caf::actor_system& system);

private:
  std::array<caf::telemetry::dbl_counter*, phase_count> counters_;
  double last_ = 0;
};

} // namespace livedata
