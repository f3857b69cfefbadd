// Must hold: while its queues are full, a source waits as long as it gains on what is kept elsewhere, and drops only if
// more comes than the jobs can take.
#include "actors/source/back_pressure.hpp"

#include <doctest/doctest.h>

namespace back_pressure_test {

using namespace livedata;
using namespace std::chrono_literals;

namespace {

// Calls it every 10 ms for `seconds`, with a lag that begins at `lag` and changes by `per_second`; the queues are full
// in `full_of_ten` of ten calls. Gives how often it was told to read although they were full.
struct caller {
  back_pressure pressure;
  back_pressure::time_point now = back_pressure::time_point() + 1h;
  int refusals = 0;

  int run(double seconds, double lag, double per_second, int full_of_ten = 9) {
    int dropped = 0;
    for (int i = 0; i < static_cast<int>(seconds * 100); ++i, now += 10ms) {
      const bool full = i % 10 < full_of_ten;
      const bool wait = pressure.waits(full, static_cast<std::int64_t>(lag + per_second * i / 100), now);
      if (!full) CHECK_FALSE(wait);
      refusals += wait;
      dropped += full && !wait;
    }
    return dropped;
  }
};

} // namespace

TEST_CASE("it waits while the lag falls, for however long, and drops nothing") {
  caller c;
  CHECK(c.run(600, 100'000, -150) == 0);
  CHECK(c.refusals > 50'000);
  CHECK_FALSE(c.pressure.drops());
}

TEST_CASE("if the lag grows although it waits, more comes than can be taken: it drops, until there is room again") {
  caller c;
  CHECK(c.run(5.9, 0, 100) == 0);
  CHECK(c.run(4, 600, 100) > 300);
  CHECK(c.pressure.drops());
  // Also when dropping has brought the lag to nothing.
  CHECK(c.run(30, 0, 0) == 30 * 90);
  // The load has fallen.
  CHECK(c.run(6, 0, 0, 0) == 0);
  CHECK_FALSE(c.pressure.drops());
  CHECK(c.run(5, 1000, -10) == 0);
}

TEST_CASE("one look without gain is no reason yet") {
  caller c;
  CHECK(c.run(3.5, 1000, 0) == 0);
  CHECK(c.run(60, 1000, -10) == 0);
}

TEST_CASE("queues that were full for a moment say nothing of the lag of the network behind them") {
  caller c;
  CHECK(c.run(0.5, 1000, 0) == 0);
  CHECK(c.run(60, 1000, 500, 0) == 0);
  CHECK_FALSE(c.pressure.drops());
  CHECK(c.run(5, 40'000, -10) == 0);
}

TEST_CASE("what came while the process was halted does not count against it") {
  caller c;
  for (int i = 0; i < 20; ++i) {
    CHECK(c.run(2, 1000.0 * (i + 1), -100) == 0);
    c.now += 20s;
  }
  CHECK_FALSE(c.pressure.drops());
}

} // namespace back_pressure_test
