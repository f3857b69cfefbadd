#include "actors/batching/adaptive_batcher.hpp"

#include "actors/batching/batch_constants.hpp"

#include <algorithm>
#include <cmath>

namespace livedata {

using namespace batching;

adaptive_batcher::adaptive_batcher(std::unique_ptr<batcher> inner)
  : inner_(std::move(inner)), base_(inner_->batch_length()) {}

void adaptive_batcher::set_batch_length(duration length) {
  inner_->set_batch_length(length);
  base_ = length;
  level_ = overloads_ = underloads_ = 0;
}

duration adaptive_batcher::length_at(int level) const {
  if (level == 0) return base_;
  auto pulses = std::nearbyint(base_.seconds() * pulse_rate_hz * std::pow(2.0, level / 2.0));
  return {std::max(base_.ns, static_cast<std::int64_t>(std::nearbyint(pulses / pulse_rate_hz * 1e9)))};
}

void adaptive_batcher::state(archive& a, held_messages& held, duration now) {
  auto level = static_cast<std::int64_t>(level_);
  a.field("level", level);
  if (level < 0 || level > top_level) a.refuse("level", "is none that there is");
  fields::group(a, "inner", [&](archive& inner) { inner_->state(inner, held, now); });
  if (!a.loading()) return;
  level_ = static_cast<int>(level);
  overloads_ = underloads_ = 0;
  idle_since_ = now;
  // Another base than that of whoever saved it.
  if (inner_->batch_length() != length_at(level_)) inner_->set_batch_length(length_at(level_));
}

void adaptive_batcher::set_level(int level) {
  level_ = std::clamp(level, 0, top_level);
  inner_->set_batch_length(length_at(level_));
}

void adaptive_batcher::report_batch(std::optional<std::size_t> messages, duration took, duration now) {
  auto window = batch_length().seconds();
  if (!messages) {
    if (level_ == 0 || !idle_since_ || (now - *idle_since_).seconds() / window < idle_windows_to_fall) return;
    set_level(level_ - 1);
    idle_since_ = now;
    return;
  }
  if (*messages == 0) return;
  idle_since_ = now;
  if (took.seconds() > window) {
    underloads_ = 0;
    if (++overloads_ < overloads_to_rise || level_ == top_level) return;
    set_level(level_ + rise);
    overloads_ = 0;
  } else if (took.seconds() < headroom * window) {
    overloads_ = 0;
    if (++underloads_ < underloads_to_fall || level_ == 0) return;
    set_level(level_ - 1);
    underloads_ = 0;
  } else {
    overloads_ = underloads_ = 0;
  }
}

} // namespace livedata
