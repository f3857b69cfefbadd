#include "actors/source/back_pressure.hpp"

namespace livedata {

namespace {

using namespace std::chrono_literals;

// Between two looks at the lag; so many in a row without gain, and it drops.
constexpr auto between_looks = 3s;
constexpr int most_looks_without_gain = 2;
// Queues that were not full for so long are not full for want of speed.
constexpr auto room_while_waiting = 1s;
constexpr auto room_while_dropping = 5s;
// Without a call for so long, the process itself was halted.
constexpr auto halt = 1s;

} // namespace

bool back_pressure::waits(bool full, std::int64_t lag, time_point now) {
  if (called_ && now - *called_ > halt) forget();
  called_ = now;
  if (full) full_ = now;
  if (!full_ || now - *full_ > (drops_ ? room_while_dropping : room_while_waiting)) forget();
  if (drops_ || !full_) return false;
  if (!before_) before_ = look{now, lag};
  if (now - before_->at >= between_looks) {
    looks_without_gain_ = lag < before_->lag ? 0 : looks_without_gain_ + 1;
    before_ = look{now, lag};
    drops_ = looks_without_gain_ >= most_looks_without_gain;
  }
  return full && !drops_;
}

void back_pressure::forget() {
  full_.reset();
  before_.reset();
  looks_without_gain_ = 0;
  drops_ = false;
}

} // namespace livedata
