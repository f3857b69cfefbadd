// Brings a histogram to other bin edges.
#pragma once

#include <span>

namespace livedata {

// Adds to each target bin [a, b) of `sum` the part overlap / (d - c) of the counts of every source bin [c, d): counts
// are taken to be spread evenly over their bin. Counts outside of the target edges are dropped. Both sets of edges must
// be strictly increasing, in the same unit, and longer by one than the counts.
void rebin(std::span<const double> edges, std::span<const double> counts, std::span<const double> target_edges,
           std::span<double> sum);

} // namespace livedata
