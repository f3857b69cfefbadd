#include "actors/profile/phase_meter.hpp"

#include <ctime>

namespace livedata {

namespace {

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

} // namespace

phase_meter::phase_meter(caf::actor_system& system) {
  for (std::size_t i = 0; i < phase_count; ++i)
    counters_[i] = seconds_counter(system, "phase.cpu-time", "Processor time by phase of the work on data.",
                                   {{"phase", phase_names[i]}});
}

void phase_meter::start() {
  last_ = thread_seconds();
}

void phase_meter::over(phase p) {
  auto now = thread_seconds();
  if (now > last_) counters_[static_cast<std::size_t>(p)]->inc(now - last_);
  last_ = now;
}

phase_times phase_meter::totals(caf::actor_system& system) {
  phase_meter m(system);
  phase_times out;
  for (std::size_t i = 0; i < phase_count; ++i)
    out.seconds[i] = m.counters_[i]->value();
  return out;
}

} // namespace livedata
