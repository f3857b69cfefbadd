#include "actors/batching/batch_constants.hpp"
#include "actors/batching/batcher.hpp"

#include <algorithm>

namespace livedata {

plausible_times plausible_group(std::vector<timestamp> times, duration batch_length) {
  std::sort(times.begin(), times.end());
  // As an unsigned difference: any two times may be further apart than a duration can tell.
  auto horizon = static_cast<std::uint64_t>((batching::plausible_lengths * batch_length).ns);
  auto apart = [&](timestamp a, timestamp b) {
    return static_cast<std::uint64_t>(b.ns) - static_cast<std::uint64_t>(a.ns) > horizon;
  };
  plausible_times best;
  std::ptrdiff_t best_size = 0;
  for (auto first = times.begin(); first != times.end();) {
    auto cut = std::adjacent_find(first, times.end(), apart);
    auto last = cut == times.end() ? cut : cut + 1;
    if (last - first >= best_size) {
      best_size = last - first;
      best = {*first, *(last - 1)};
    }
    first = last;
  }
  return best;
}

timestamp plausible_anchor(std::vector<timestamp> times, duration batch_length) {
  return plausible_group(std::move(times), batch_length).last;
}

} // namespace livedata
