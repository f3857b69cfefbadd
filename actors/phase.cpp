#include "actors/phase.hpp"

#include <algorithm>

namespace livedata {

double run_profile::other() const noexcept {
  return std::max(0.0, cpu_seconds - phases.total());
}

double run_profile::idle() const noexcept {
  return std::max(0.0, wall_seconds * static_cast<double>(processors) - std::max(cpu_seconds, phases.total()));
}

} // namespace livedata
