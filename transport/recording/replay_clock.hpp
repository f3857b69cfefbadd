// When a message is due, by its time and by the speed of the run. Plain code.
#pragma once

#include "messages/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace livedata {

// Time passes as it does in the messages, divided by the speed. A message with an earlier time than one before it is
// due with that one. At speed 0 all are due at once. No message is due later than 146 years after the first.
class replay_clock {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit replay_clock(double speed) : speed_(speed) {}

  // The first message is due `now`.
  time_point due(timestamp time, time_point now) {
    if (!begun_) {
      begun_ = true;
      first_ = latest_ = time;
      begin_ = now;
    }
    latest_ = std::max(latest_, time);
    if (speed_ == 0) return begin_;
    const auto ns = static_cast<double>((latest_ - first_).ns) / speed_;
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(ns, 0.0, longest_wait)));
  }

private:
  // ns. A time of today and this fit 64 bits together.
  static constexpr double longest_wait = 0x1p62;

  double speed_;
  bool begun_ = false;
  timestamp first_;
  timestamp latest_;
  time_point begin_;
};

} // namespace livedata
