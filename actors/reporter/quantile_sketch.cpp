#include "actors/reporter/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>

namespace livedata {

namespace {

constexpr double precision = 0.01;
constexpr double shortest = 1e-6;
constexpr double longest = 1e3;
// From the lower to the upper bound of a bucket, such that its middle is within the precision of both.
constexpr double factor = (1 + precision) / (1 - precision);
const double log_factor = std::log(factor);

// The first bucket holds what is too short, the last what is too long.
std::size_t bucket_of(double seconds) {
  if (seconds <= shortest) return 0;
  return 1 + static_cast<std::size_t>(std::log(std::min(seconds, longest) / shortest) / log_factor);
}

// As far from the lower bound as from the upper, relative to each.
double middle_of(std::size_t bucket) {
  return bucket == 0 ? shortest : shortest * std::pow(factor, static_cast<double>(bucket - 1)) * (1 + precision);
}

} // namespace

quantile_sketch::quantile_sketch() : counts_(bucket_of(longest) + 2) {}

void quantile_sketch::add(double seconds) {
  if (!std::isfinite(seconds)) return;
  seconds = std::max(seconds, 0.0);
  ++counts_[seconds > longest ? counts_.size() - 1 : bucket_of(seconds)];
  ++count_;
  max_ = std::max(max_, seconds);
}

void quantile_sketch::add(const quantile_sketch& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i)
    counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

quantiles quantile_sketch::get() const {
  if (count_ == 0) return {};
  auto rank = [this](std::uint64_t percent) { return (count_ * percent + 99) / 100; };
  return {value_of_rank(rank(50)), value_of_rank(rank(99)), max_};
}

double quantile_sketch::value_of_rank(std::uint64_t rank) const {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i + 1 < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(middle_of(i), max_);
  }
  return max_;
}

void recent_quantiles::pass(timestamp now) {
  constexpr duration minute{60'000'000'000};
  // The clock may be set.
  if (!begin_ || now < *begin_) begin_ = now;
  for (int i = 0; now - *begin_ >= minute; ++i) {
    if (i > recent_minutes) {
      begin_ = now;
      return;
    }
    begin_ = *begin_ + minute;
    minutes_.emplace_back();
    if (minutes_.size() > recent_minutes + 1) minutes_.pop_front();
  }
}

quantiles recent_quantiles::get() const {
  quantile_sketch all;
  for (const auto& m : minutes_)
    all.add(m);
  return all.get();
}

} // namespace livedata
