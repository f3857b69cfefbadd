// The rate at which the pulses of a stream come, and the grid of their times that follows from it.
#pragma once

#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace livedata {

class archive;

// Remembers the last differences between times of a stream. Repeated times and times that go back add nothing.
class period_estimator {
public:
  void observe(timestamp t);

  // Whole Hz, at least 1; nothing with fewer than four differences, or if the rate is not close to a whole number.
  // Missing pulses do not matter: each difference is divided by the number of periods it spans, and the median decides.
  std::optional<std::int64_t> rate() const;

  const std::optional<timestamp>& last() const noexcept { return last_; }

  std::size_t differences() const noexcept { return differences_.size(); }

  void state(archive& a);

private:
  std::optional<timestamp> last_;
  // A ring.
  std::vector<std::int64_t> differences_;
  std::size_t next_ = 0;
};

// Times of pulses: origin + k periods. A window has `slots` of them; its slot 0 is the first pulse at or after its
// start, or at most a millisecond before it.
struct pulse_grid {
  timestamp origin;
  duration period;
  std::int64_t slots = 1;

  // `rate` in Hz, `length` of a window.
  static pulse_grid make(timestamp origin, std::int64_t rate, duration length);

  // Number of the pulse nearest to `t`.
  std::int64_t index(timestamp t) const;
  // Number of the pulse that is slot 0 of a window.
  std::int64_t base(timestamp start) const;

  // Negative before the window.
  std::int64_t slot(timestamp t, timestamp start) const { return index(t) - base(start); }

  void state(archive& a);

  friend bool operator==(const pulse_grid&, const pulse_grid&) = default;
};

} // namespace livedata
