// Finds the bin of an arrival time: half-open bins [E_k, E_k+1) over edges in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

// Arrival times are whole nanoseconds, so E_k <= t < E_k+1 is the same as ceil(E_k) <= t < ceil(E_k+1): edges become
// whole numbers once and the search is exact. A table over equal cells of time says in which bin a cell starts; cells
// are no wider than the narrowest bin where that needs no more than 65536 of them, so that one comparison decides.
class time_bins {
public:
  // `edges`: at least two strictly increasing values, ns. At most 65535 bins. Throws std::invalid_argument otherwise.
  explicit time_bins(std::span<const double> edges_ns);

  std::size_t size() const noexcept { return thresholds_.size() - 1; }

  // -1 if `t` is in no bin.
  std::int32_t find(std::int32_t t) const noexcept {
    auto offset = static_cast<std::uint32_t>(t) - static_cast<std::uint32_t>(low_);
    if (offset >= span_) return -1;
    std::size_t k = first_bin_[offset >> shift_];
    // Added and not jumped: whether an edge of the cell lies below `t` cannot be predicted.
    k += static_cast<std::size_t>(t >= thresholds_[k + 1]);
    if (!one_step_)
      while (t >= thresholds_[k + 1])
        ++k;
    return static_cast<std::int32_t>(k);
  }

private:
  // Clipped to what an arrival time can be, plus one at the upper end.
  std::vector<std::int64_t> thresholds_;
  std::vector<std::uint16_t> first_bin_;
  std::int32_t low_ = 0;
  std::uint64_t span_ = 0;
  unsigned shift_ = 0;
  // Whether a cell holds one edge at most.
  bool one_step_ = true;
};

// Bins of `edges` that a range [low, high) selects: partly covered ones are taken whole. Pair of first bin and number
// of bins (0 if none).
struct bin_range {
  std::int32_t first = 0;
  std::int32_t count = 0;
};

bin_range select_bins(std::span<const double> edges, double low, double high);

} // namespace livedata
