#include "actors/coordinator/batcher/batcher.hpp"

#include <algorithm>

namespace livedata {

timestamp plausible_anchor(std::vector<timestamp> times, duration batch_length) {
  std::sort(times.begin(), times.end());
  // As an unsigned difference: any two times may be further apart than a duration can tell.
  auto horizon = static_cast<std::uint64_t>((3 * batch_length).ns);
  auto apart = [&](timestamp a, timestamp b) {
    return static_cast<std::uint64_t>(b.ns) - static_cast<std::uint64_t>(a.ns) > horizon;
  };
  timestamp best;
  std::ptrdiff_t best_size = 0;
  for (auto first = times.begin(); first != times.end();) {
    auto cut = std::adjacent_find(first, times.end(), apart);
    auto last = cut == times.end() ? cut : cut + 1;
    if (last - first >= best_size) {
      best_size = last - first;
      best = *(last - 1);
    }
    first = last;
  }
  return best;
}

} // namespace livedata
