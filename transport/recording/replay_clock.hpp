// When a recorded message is due. Plain code.
#pragma once

#include "messages/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace livedata {

// Time goes by as the messages' own times do, divided by the speed; a message with an earlier time than one before it
// is due with that one. At speed 0 all are due at once.
class replay_clock {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit replay_clock(double speed) : speed_(speed) {}

  // The first message is due `now`.
  time_point due(timestamp recorded, time_point now) {
    if (!begun_) {
      begun_ = true;
      first_ = latest_ = recorded;
      begin_ = now;
    }
    latest_ = std::max(latest_, recorded);
    if (speed_ == 0) return begin_;
    auto ns = static_cast<double>((latest_ - first_).ns) / speed_;
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
  }

private:
  double speed_;
  bool begun_ = false;
  timestamp first_;
  timestamp latest_;
  time_point begin_;
};

} // namespace livedata
