#include "workflows/kernels/time_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace livedata {

namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t beyond = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
constexpr std::uint64_t max_cells = 65536;

std::int64_t threshold(double edge_ns) {
  auto x = std::ceil(edge_ns);
  if (x <= static_cast<double>(lowest)) return lowest;
  if (x >= static_cast<double>(beyond)) return beyond;
  return static_cast<std::int64_t>(x);
}

} // namespace

time_bins::time_bins(std::span<const double> edges_ns) {
  if (edges_ns.size() < 2 || edges_ns.size() > 65536)
    throw std::invalid_argument("a time histogram needs 1 to 65535 bins");
  for (std::size_t i = 1; i < edges_ns.size(); ++i)
    if (!(edges_ns[i - 1] < edges_ns[i])) throw std::invalid_argument("the edges of a time histogram must increase");
  thresholds_.reserve(edges_ns.size());
  for (auto e : edges_ns)
    thresholds_.push_back(threshold(e));
  auto first = thresholds_.front();
  span_ = static_cast<std::uint64_t>(thresholds_.back() - first);
  if (span_ == 0) { // no arrival time can be inside
    first_bin_.push_back(0);
    return;
  }
  low_ = static_cast<std::int32_t>(first);
  auto narrowest = span_;
  for (std::size_t i = 1; i < thresholds_.size(); ++i)
    narrowest =
      std::min(narrowest, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(thresholds_[i] - thresholds_[i - 1])));
  while (shift_ < 31 && (std::uint64_t{2} << shift_) <= narrowest)
    ++shift_;
  while ((span_ - 1) >> shift_ >= max_cells)
    ++shift_;
  one_step_ = (std::uint64_t{1} << shift_) <= narrowest;
  auto cells = ((span_ - 1) >> shift_) + 1;
  first_bin_.reserve(cells);
  std::size_t k = 0;
  for (std::uint64_t c = 0; c < cells; ++c) {
    auto t = first + static_cast<std::int64_t>(c << shift_);
    while (t >= thresholds_[k + 1])
      ++k;
    first_bin_.push_back(static_cast<std::uint16_t>(k));
  }
}

bin_range select_bins(std::span<const double> edges, double low, double high) {
  auto bins = static_cast<std::ptrdiff_t>(edges.size()) - 1;
  auto not_above_low = std::upper_bound(edges.begin(), edges.end(), low) - edges.begin();
  auto below_high = std::lower_bound(edges.begin(), edges.end(), high) - edges.begin();
  auto first = std::max<std::ptrdiff_t>(0, not_above_low - 1);
  auto last = std::min(below_high, bins);
  return {static_cast<std::int32_t>(first), static_cast<std::int32_t>(std::max<std::ptrdiff_t>(0, last - first))};
}

} // namespace livedata
