#include "workflows/kernels/time_bins.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace livedata {

namespace {

constexpr std::int64_t lowest_time = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t beyond_times = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
constexpr std::uint64_t max_cells = 65536;

std::int64_t threshold(double edge_ns) {
  auto x = std::ceil(edge_ns);
  if (x <= static_cast<double>(lowest_time)) return lowest_time;
  if (x >= static_cast<double>(beyond_times)) return beyond_times;
  return static_cast<std::int64_t>(x);
}

} // namespace

time_bins::time_bins(std::span<const double> edges_ns) {
  if (edges_ns.size() < 2 || edges_ns.size() > 65536)
    throw std::invalid_argument("a time histogram needs 1 to 65535 bins");
  for (std::size_t i = 1; i < edges_ns.size(); ++i)
    if (!(edges_ns[i - 1] < edges_ns[i])) throw std::invalid_argument("the edges of a time histogram must increase");
  bins_ = edges_ns.size() - 1;
  thresholds_.reserve(edges_ns.size() + 1);
  for (auto e : edges_ns)
    thresholds_.push_back(threshold(e));
  auto first = thresholds_.front();
  span_ = static_cast<std::uint64_t>(thresholds_.back() - first);
  if (span_ != 0) low_ = static_cast<std::int32_t>(first); // else no arrival time can be inside
  thresholds_.push_back(std::numeric_limits<std::int64_t>::max());
  scale(edges_ns.front(), edges_ns.back());
  if (factor_ == 0)
    make_table();
  else
    scale_in_single();
}

// In fixed point, the lower edge of bin k has to give k at least: so the offset is the largest that any edge needs.
// What the others then have too much is in doubt.
void time_bins::scale(double first, double last) {
  constexpr auto places = scaled::places;
  if (span_ == 0 || first < static_cast<double>(lowest_time) || last > static_cast<double>(beyond_times)) return;
  const auto factor = std::ldexp(static_cast<double>(bins_), places) / (last - first);
  // So that no arrival time makes an overflow.
  if (!(factor >= 1 && factor < 0x1p29)) return;
  const auto whole = static_cast<std::int64_t>(factor);
  auto needed = [&](std::size_t k) { return (static_cast<std::int64_t>(k) << places) - thresholds_[k] * whole; };
  auto least = needed(0);
  auto most = needed(0);
  for (std::size_t k = 1; k <= bins_; ++k) {
    least = std::min(least, needed(k));
    most = std::max(most, needed(k));
  }
  const auto doubt = static_cast<std::uint64_t>(most - least);
  constexpr auto most_doubt = (std::uint64_t{1} << places) / 64;
  if (doubt > most_doubt || static_cast<std::uint64_t>(whole) > most_doubt) return;
  factor_ = whole;
  offset_ = most;
  doubtful_ = doubt << (64 - places);
}

// Rounding the distance, the factor, their product and the sum makes an error of up to 4 * 2^-24 of the result, which
// `error` leaves room for: with it added, x lies between the fixed-point value and that value plus two errors. So a
// fraction of two errors at least means the same whole part, and what it has beyond_times them, the fixed-point
// fraction has.
void time_bins::scale_in_single() {
  constexpr double most_doubt = 1.0 / 32;
  constexpr double precision = 0x1p-24;
  if (span_ > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) return;
  const auto error = 6 * precision * (static_cast<double>(bins_) + 1);
  const auto doubt = (2 * error + std::ldexp(static_cast<double>(doubtful_), -64)) * (1 + 4 * precision);
  if (doubt > most_doubt) return;
  const auto at_low =
    std::ldexp(static_cast<double>(std::int64_t{low_} * factor_ + offset_), -static_cast<int>(scaled::places));
  single_ = {static_cast<float>(std::ldexp(static_cast<double>(factor_), -static_cast<int>(scaled::places))),
             static_cast<float>(at_low + error), static_cast<float>(doubt), low_,
             static_cast<std::uint32_t>(span_ - 1)};
}

void time_bins::make_table() {
  if (span_ == 0) {
    cells_.push_back({0, static_cast<std::uint32_t>(bins_)});
    return;
  }
  auto first = thresholds_.front();
  auto narrowest = span_;
  for (std::size_t i = 1; i <= bins_; ++i)
    narrowest =
      std::min(narrowest, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(thresholds_[i] - thresholds_[i - 1])));
  while (shift_ < 31 && (std::uint64_t{2} << shift_) <= narrowest)
    ++shift_;
  while ((span_ - 1) >> shift_ >= max_cells)
    ++shift_;
  one_step_ = (std::uint64_t{1} << shift_) <= narrowest;
  auto cells = ((span_ - 1) >> shift_) + 1;
  cells_.reserve(cells);
  std::size_t k = 0;
  for (std::uint64_t c = 0; c < cells; ++c) {
    auto t = first + static_cast<std::int64_t>(c << shift_);
    while (t >= thresholds_[k + 1])
      ++k;
    cells_.push_back({static_cast<std::uint32_t>(thresholds_[k + 1] - first - 1), static_cast<std::uint32_t>(k)});
  }
  cells_.push_back({std::numeric_limits<std::uint32_t>::max(), static_cast<std::uint32_t>(bins_)});
}

namespace {

// A bound that came through a text or another unit may miss the edge that it stands for by rounding, or by the digits
// that were shown: within a billionth of a bin it is taken for the edge.
double edge_if_meant(std::span<const double> edges, double bound) {
  constexpr double roundings = 8 * std::numeric_limits<double>::epsilon();
  if (edges.size() < 2 || !std::isfinite(bound)) return bound;
  const auto least = roundings * std::max(std::abs(edges.front()), std::abs(edges.back()));
  auto is_meant = [&](std::size_t i) {
    const auto width = i == 0 ? edges[1] - edges[0] : edges[i] - edges[i - 1];
    return std::abs(edges[i] - bound) <= std::max(least, 1e-9 * width);
  };
  const auto above = static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), bound) - edges.begin());
  if (above < edges.size() && is_meant(above)) return edges[above];
  if (above > 0 && is_meant(above - 1)) return edges[above - 1];
  return bound;
}

} // namespace

bin_range select_bins(std::span<const double> edges, double low, double high) {
  low = edge_if_meant(edges, low);
  high = edge_if_meant(edges, high);
  auto bins = static_cast<std::ptrdiff_t>(edges.size()) - 1;
  auto not_above_low = std::upper_bound(edges.begin(), edges.end(), low) - edges.begin();
  auto below_high = std::lower_bound(edges.begin(), edges.end(), high) - edges.begin();
  auto first = std::max<std::ptrdiff_t>(0, not_above_low - 1);
  auto last = std::min(below_high, bins);
  return {static_cast<std::int32_t>(first), static_cast<std::int32_t>(std::max<std::ptrdiff_t>(0, last - first))};
}

} // namespace livedata
