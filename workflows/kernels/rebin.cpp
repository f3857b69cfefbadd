#include "workflows/kernels/rebin.hpp"

#include <algorithm>
#include <cstddef>

namespace livedata {

void rebin(std::span<const double> edges, std::span<const double> counts, std::span<const double> target_edges,
           std::span<double> sum) {
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < counts.size() && k < sum.size()) {
    auto low = std::max(edges[i], target_edges[k]);
    auto high = std::min(edges[i + 1], target_edges[k + 1]);
    if (high > low) sum[k] += counts[i] * ((high - low) / (edges[i + 1] - edges[i]));
    if (edges[i + 1] < target_edges[k + 1])
      ++i;
    else
      ++k;
  }
}

} // namespace livedata
