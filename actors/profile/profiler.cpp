#include "actors/profile/profiler.hpp"

#include "actors/profile/phase_meter.hpp"
#include "actors/reporter/process_usage.hpp"

namespace livedata {

profiler::profiler(caf::actor_system& system) : system_(system) {
  begin();
}

void profiler::begin() {
  begin_ = std::chrono::steady_clock::now();
  cpu_seconds_ = measure_process_usage().cpu_seconds;
  phases_ = phase_meter::totals(system_);
}

run_profile profiler::get() const {
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(), usable_processors(),
          measure_process_usage().cpu_seconds - cpu_seconds_, phase_meter::totals(system_) - phases_};
}

} // namespace livedata
