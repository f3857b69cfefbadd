// Quantiles of durations in fixed memory: counts in buckets whose bounds differ by the same factor.
#pragma once

#include "actors/messages.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace livedata {

// From 1 µs to 1000 s a quantile is off by at most 1 %. Shorter durations count as 1 µs. Longer ones share a bucket;
// its value is the maximum, which is exact. Takes 8 kB.
class quantile_sketch {
public:
  quantile_sketch();

  // A negative duration (clocks that disagree) counts as zero. One that is not finite is left out.
  void add(double seconds);

  // Takes in what another one has counted.
  void add(const quantile_sketch& other);

  // The quantile q of n durations is the one of rank ⌈q·n⌉ in ascending order.
  quantiles get() const;

private:
  double value_of_rank(std::uint64_t rank) const;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double max_ = 0;
};

// The same over the last `recent_minutes`, to a minute more.
class recent_quantiles {
public:
  recent_quantiles() : minutes_(1) {}

  void add(double seconds) { minutes_.back().add(seconds); }

  // To be told the time now and then, at least every minute.
  void pass(timestamp now);

  quantiles get() const;

private:
  // The last is that which is being filled.
  std::deque<quantile_sketch> minutes_;
  std::optional<timestamp> begin_;
};

} // namespace livedata
