#include "actors/profile/phase_meter.hpp"

#include <algorithm>
#include <ctime>

namespace livedata {

namespace {

// The processor clock of a thread is asked through a call of the system, the wall clock without one. So long after a
// reading of the former the latter tells how it has gone on.
constexpr double near_seconds = 20e-6;

double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Never goes back.
double thread_seconds() {
  struct reading {
    double processor = 0;
    double wall = 0;
    double given = 0;
  };

  thread_local reading last;
  auto wall = seconds_of(CLOCK_MONOTONIC);
  if (wall - last.wall >= near_seconds) {
    last.processor = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    last.wall = wall;
  }
  last.given = std::max(last.given, last.processor + (wall - last.wall));
  return last.given;
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
