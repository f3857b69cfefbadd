// Whether a source whose messages are kept elsewhere waits while its queues are full, or goes on reading and drops. It
// waits as long as that gains: after a time away, when more is there than the jobs take at once. If more comes than
// they can take, waiting only makes all of it old. Plain code.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace livedata {

class back_pressure {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // Call it before each read. `full`: there is no room in the queues. `lag`: messages that are kept elsewhere and have
  // not been read. True: do not read now.
  bool waits(bool full, std::int64_t lag, time_point now);

  // Whether reading goes on although the queues are full.
  bool drops() const noexcept { return drops_; }

private:
  struct look {
    time_point at;
    std::int64_t lag = 0;
  };

  void forget();

  std::optional<time_point> called_;
  std::optional<time_point> full_;
  std::optional<look> before_;
  int looks_without_gain_ = 0;
  bool drops_ = false;
};

} // namespace livedata
