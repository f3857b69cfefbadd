#include "actors/batching/period_estimator.hpp"

#include "actors/archive_fields.hpp"
#include "actors/batching/batch_constants.hpp"

#include <algorithm>
#include <cmath>

namespace livedata {

using namespace batching;

namespace {

// `v` must not be empty.
template <class T>
double median(std::vector<T> v) {
  auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  auto upper = static_cast<double>(*middle);
  if (v.size() % 2 == 1) return upper;
  return (static_cast<double>(*std::max_element(v.begin(), middle)) + upper) / 2;
}

} // namespace

void period_estimator::observe(timestamp t) {
  if (last_ && t <= *last_) return;
  if (last_) {
    auto difference = (t - *last_).ns;
    if (differences_.size() < kept_differences)
      differences_.push_back(difference);
    else
      differences_[next_] = difference;
    next_ = (next_ + 1) % kept_differences;
  }
  last_ = t;
}

std::optional<std::int64_t> period_estimator::rate() const {
  if (differences_.size() < needed_differences) return std::nullopt;
  auto seed = median(differences_);
  std::vector<double> periods;
  for (auto d : differences_) {
    auto spanned = std::nearbyint(static_cast<double>(d) / seed);
    if (spanned >= 1) periods.push_back(static_cast<double>(d) / spanned);
  }
  auto raw = 1e9 / (periods.empty() ? seed : median(periods));
  auto whole = std::nearbyint(raw);
  if (whole < 1 || whole > 1e9) return std::nullopt;
  if (std::abs(raw - whole) > std::max(rate_tolerance_part * whole, rate_tolerance_hz)) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

void period_estimator::state(archive& a) {
  a.field("last", last_);
  a.field("differences", differences_);
  fields::size(a, "next", next_);
  if (differences_.size() > kept_differences || next_ >= kept_differences) a.refuse("differences", "are too many");
}

void pulse_grid::state(archive& a) {
  a.field("origin", origin);
  fields::add(a, "period", period);
  a.field("slots", slots);
  if (period.ns <= 0 || slots < 1) a.refuse("period", "is none");
}

pulse_grid pulse_grid::make(timestamp origin, std::int64_t rate, duration length) {
  auto hz = static_cast<double>(rate);
  return {origin,
          {static_cast<std::int64_t>(std::nearbyint(1e9 / hz))},
          std::max<std::int64_t>(1, static_cast<std::int64_t>(std::nearbyint(hz * length.seconds())))};
}

std::int64_t pulse_grid::index(timestamp t) const {
  return static_cast<std::int64_t>(
    std::nearbyint(static_cast<double>((t - origin).ns) / static_cast<double>(period.ns)));
}

std::int64_t pulse_grid::base(timestamp start) const {
  const auto since = (start - origin).ns;
  const auto rest = since % period.ns;
  const auto pulse = since / period.ns - (rest < 0 ? 1 : 0);
  const auto remainder = rest < 0 ? rest + period.ns : rest;
  return remainder <= std::min(drift_tolerance_ns, period.ns / 2) ? pulse : pulse + 1;
}

} // namespace livedata
