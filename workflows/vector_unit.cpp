#include "workflows/vector_unit.hpp"

namespace livedata {

vector_unit best_vector_unit() noexcept {
#if defined(__x86_64__)
  static const auto best = __builtin_cpu_supports("avx2") != 0 ? vector_unit::avx2 : vector_unit::none;
  return best;
#else
  return vector_unit::none;
#endif
}

} // namespace livedata
