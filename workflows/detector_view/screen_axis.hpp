// Equidistant bins of one dimension of a projected screen.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace livedata {

// The least and greatest of the values seen; NaN is passed over.
struct extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double x) {
    if (x < low) low = x;
    if (x > high) high = x;
  }

  bool finite() const { return std::isfinite(low) && std::isfinite(high); }
};

// Half-open bins over an extent whose upper end is still inside: the last edge is the next number after it.
class screen_axis {
public:
  screen_axis(extent e, std::int64_t bins) : edges_(static_cast<std::size_t>(bins) + 1) {
    auto last = std::nextafter(e.high, std::numeric_limits<double>::infinity());
    auto step = (last - e.low) / static_cast<double>(bins);
    for (std::size_t i = 0; i < edges_.size(); ++i)
      edges_[i] = static_cast<double>(i) * step + e.low;
    edges_.back() = last;
    auto per_unit = 1 / step;
    if (std::isfinite(per_unit)) per_unit_ = per_unit;
  }

  const std::vector<double>& edges() const { return edges_; }

  // -1 if `x` is in no bin. The computed index may be off by rounding and is corrected by the edges.
  std::int64_t find(double x) const {
    if (!(x >= edges_.front() && x < edges_.back())) return -1;
    auto estimate = (x - edges_.front()) * per_unit_;
    auto i = std::min(static_cast<std::size_t>(estimate), edges_.size() - 2);
    while (x < edges_[i])
      --i;
    while (x >= edges_[i + 1])
      ++i;
    return static_cast<std::int64_t>(i);
  }

private:
  std::vector<double> edges_;
  // 0 where all edges are one number or nearly so.
  double per_unit_ = 0;
};

} // namespace livedata
