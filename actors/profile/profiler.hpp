// Takes the profile of a stretch of a run.
#pragma once

#include "actors/phase.hpp"

#include <caf/all.hpp>

#include <chrono>

namespace livedata {

class profiler {
public:
  explicit profiler(caf::actor_system& system);

  // From here on.
  void begin();

  // Since begin().
  run_profile get() const;

private:
  caf::actor_system& system_;
  std::chrono::steady_clock::time_point begin_;
  double cpu_seconds_ = 0;
  phase_times phases_;
};

} // namespace livedata
