// Broken clocks, silences and jumps: what the rate-aware batcher makes of times that are wrong.
#include "actors/batching/rate_aware_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <random>

namespace rate_aware_clocks_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr double year = 365.25 * 24 * 3600;
const stream_id the_monitor{stream_kind::monitor_events, "monitor"};

struct figures {
  std::size_t batches = 0;
  std::size_t empty = 0;
  std::size_t delivered = 0;
  std::size_t outliers = 0;
  double longest_silence = 0;
  double largest_lag = 0;
  std::size_t most_held = 0;
  int stalls = 0;
  double last_end = 0;
};

// A live stream of pulses at 14 Hz, polled every 100 ms of wall time (and data time); `more` adds to the poll that ends
// at a time. Outliers are messages named "outlier".
figures live(
  rate_aware_batcher& b, double from, double to, const std::function<void(double, std::vector<stream_message>&)>& more,
  const std::function<bool(double)>& quiet = [](double) { return false; }) {
  figures f;
  auto last = from;
  auto k = static_cast<int>(std::ceil(from * 14));
  for (int i = 1; from + 0.1 * i <= to; ++i) {
    auto now = from + 0.1 * i;
    std::vector<stream_message> poll;
    for (; k / 14.0 < now; ++k)
      if (!quiet(k / 14.0)) poll.push_back(pulse(k / 14.0));
    more(now, poll);
    if (auto batch = b.add(std::move(poll), duration::from_seconds(now))) {
      ++f.batches;
      f.empty += batch->messages.empty();
      f.delivered += batch->messages.size();
      f.outliers += count_of(*batch, "outlier");
      f.stalls += now - last > 5;
      last = now;
      f.last_end = seconds_of(batch->end);
    }
    if (f.batches > 0) f.largest_lag = std::max(f.largest_lag, std::abs(now - f.last_end));
    f.longest_silence = std::max(f.longest_silence, now - last);
    f.most_held = std::max(f.most_held, b.held());
  }
  return f;
}

// A message once, at the first poll after `at`.
std::function<void(double, std::vector<stream_message>&)> once(double at, stream_message m) {
  return [=, done = false](double now, std::vector<stream_message>& poll) mutable {
    if (done || now < at) return;
    done = true;
    poll.push_back(m);
  };
}

const auto nothing_more = [](double, std::vector<stream_message>&) {};

} // namespace

TEST_CASE("R-36: a second stream 43 years off neither gates nor disturbs, and is delivered") {
  for (auto off : {-43 * year, 43 * year}) {
    rate_aware_batcher b({second});
    int beat = 0;
    auto broken = [&](double now, std::vector<stream_message>& poll) {
      for (; beat < now; ++beat)
        poll.push_back(monitor_pulse(beat + off));
    };
    live(b, 0, 10, broken);
    auto f = live(b, 10, 21, broken);
    CHECK(f.batches >= 10);
    CHECK(f.longest_silence < 1.5);
    CHECK(f.delivered >= 10 * 14);
    if (auto s = b.find(the_monitor)) CHECK_FALSE(s->on_grid());
    CHECK(b.waiting() <= 3);
  }
}

TEST_CASE("R-37: a stream whose clock is off by years, alone") {
  rate_aware_batcher b({second});
  std::size_t batches = 0;
  for (int k = 0; k < 14 * 30; ++k)
    if (b.add({monitor_pulse(43 * year + k / 14.0)}, duration::from_seconds(k / 14.0)) && k >= 14 * 20) ++batches;
  CHECK(batches >= 8);
}

TEST_CASE("R-38: one log message a year ahead causes a few empty batches at most, however long one waits") {
  rate_aware_batcher b({second});
  live(b, 0, 5, nothing_more);
  b.add({log_message(year)});
  int empty = 0;
  for (int i = 0; i < 10'000; ++i)
    if (auto batch = b.add({})) empty += batch->messages.empty();
  CHECK(empty < 10);
}

TEST_CASE("R-39, R-42: a message a year ahead, first or midway: the batches go on and deliver it") {
  for (auto at : {0.0, 5.0})
    for (auto kind : {stream_kind::log, stream_kind::detector_events})
      for (auto ahead : {year, 10'000.0, 100 * year}) {
        rate_aware_batcher b({second});
        auto f = live(b, 0, 60, once(at, message(kind, "outlier", seconds_in(ahead))));
        CHECK(f.outliers == 1);
        CHECK(f.most_held < 140);
        CHECK(std::abs(seconds_of(b.window_start()) - 60) < 10);
        CHECK(f.batches > 45);
        CHECK(f.empty < 10);
      }
}

TEST_CASE("R-40: a message 240 s ahead") {
  for (auto kind : {stream_kind::log, stream_kind::detector_events}) {
    rate_aware_batcher b({second});
    auto f = live(b, 0, 300, once(20, message(kind, "outlier", seconds_in(260))));
    CHECK(f.longest_silence < 15);
    CHECK(f.stalls <= 1);
    CHECK(f.outliers == 1);
    CHECK(f.largest_lag < 20);
    CHECK(std::abs(f.last_end - 300) < 5);
  }
}

TEST_CASE("R-41: a poll with old messages only does not move the window back") {
  rate_aware_batcher b({second});
  live(b, 0, 40, nothing_more);
  auto before = b.window_start();
  auto batch = b.add(pulses(14, 14 * 10, 14 * 20), duration::from_seconds(40));
  CHECK_FALSE(batch);
  CHECK(b.window_start() == before);
  auto previous = seconds_in(0);
  for (int k = 14 * 40; k < 14 * 45; ++k)
    if (auto next = b.add({pulse(k / 14.0)}, duration::from_seconds(k / 14.0))) {
      CHECK(next->start >= previous);
      previous = next->end;
    }
}

TEST_CASE("R-43: a log value every 15 s is delivered by the timeout, without any recovery") {
  rate_aware_batcher b({second});
  b.add({log_message(0)}, {});
  int got = 0;
  for (int k = 1; k <= 20; ++k)
    for (int tick = 0; tick < 150; ++tick) {
      auto now = 15.0 * k + 0.1 * tick;
      std::vector<stream_message> poll;
      if (tick == 0) poll.push_back(log_message(15.0 * k));
      if (auto batch = b.add(std::move(poll), duration::from_seconds(now)))
        got += static_cast<int>(batch->messages.size());
    }
  CHECK(got == 20);
  CHECK(b.tally().recoveries == 0);
}

TEST_CASE("R-44: silence is no reason to do anything") {
  rate_aware_batcher b({second});
  live(b, 0, 10, nothing_more);
  auto before = b.window_start();
  auto f = live(b, 10.5, 110, nothing_more, [](double) { return true; });
  CHECK(f.batches <= 1);
  CHECK(b.tally().recoveries == 0);
  auto now = b.window_start();
  f = live(b, 110, 610, nothing_more, [](double) { return true; });
  CHECK(f.batches == 0);
  CHECK(b.window_start() == now);
  CHECK(now >= before);
}

TEST_CASE("R-45, R-46: a window led far ahead in a silence comes back to the traffic") {
  rate_aware_batcher b({second});
  live(b, 0, 10, nothing_more);
  auto f = live(b, 10, 100, once(12, pulse(252, "detector")), [](double t) { return t > 12 && t < 42; });
  CHECK(std::abs(seconds_of(b.window_start()) - 100) < 10);
  CHECK(f.delivered >= 14 * 55);
  // After the silence of 30 s itself.
  CHECK(f.longest_silence < 30 + 15);
}

TEST_CASE("R-47: all traffic jumps by a million seconds") {
  for (auto jump : {1e6, -1e6}) {
    rate_aware_batcher b({second});
    live(b, 0, 10, nothing_more);
    double last = 10;
    double silence = 0;
    for (int k = 0; k < 14 * 40; ++k) {
      auto now = 10 + k / 14.0;
      if (b.add({pulse(now + jump)}, duration::from_seconds(now))) last = now;
      silence = std::max(silence, now - last);
    }
    CHECK(silence < 15);
    CHECK(std::abs(seconds_of(b.window_start()) - 50 - jump) < 10);
  }
}

TEST_CASE("R-49: a stream that creeps away from another") {
  for (auto creep : {0.01, -0.01}) {
    rate_aware_batcher b({second});
    std::size_t sent = 0;
    int beat = 0;
    auto f = live(b, 0, 600, [&](double now, std::vector<stream_message>& poll) {
      for (; beat / 10.0 < now; ++beat, ++sent)
        poll.push_back(monitor_pulse(beat / 10.0 * (1 + creep)));
    });
    CHECK(f.longest_silence < 5);
    CHECK(static_cast<double>(f.delivered) > 0.99 * static_cast<double>(600 * 14 + sent));
    if (creep > 0) CHECK(seconds_of(b.window_start()) - 600 > 3);
  }
}

TEST_CASE("without a wall clock too, a window led ahead comes back, by the data alone") {
  rate_aware_batcher b({second});
  b.add({pulse(0)});
  feed(b, pulses(14, 1, 14 * 10));
  b.add({pulse(250)});
  for (int i = 0; i < 10; ++i)
    b.add({});
  auto batches = feed(b, pulses(14, 14 * 12, 14 * 100));
  CHECK(b.tally().recoveries == 1);
  CHECK(total(batches) > 14 * 80);
  CHECK(std::abs(seconds_of(b.window_start()) - 100) < 10);
}

TEST_CASE("times at the ends of the range neither wedge nor flood, wherever they come") {
  for (auto ns : {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), std::int64_t{1},
                  std::int64_t{-1'000'000'000'000'000'000}})
    for (auto at : {0.0, 5.0})
      for (auto kind : {stream_kind::log, stream_kind::detector_events, stream_kind::roi}) {
        rate_aware_batcher b({second});
        auto f = live(b, 0, 60, once(at, message(kind, "outlier", {ns})));
        CHECK(f.outliers == 1);
        CHECK(f.batches > 45);
        CHECK(f.empty < 10);
        CHECK(std::abs(f.last_end - 60) < 3);
        auto t = b.tally();
        if (at > 0) CHECK(t.late + t.far_ahead >= 1);
      }
}

TEST_CASE("a far-future time in the very first message: the batches come back to the traffic") {
  rate_aware_batcher b({second});
  b.add({log_message(year)}, {});
  auto f = live(b, 0.1, 60, nothing_more);
  CHECK(f.longest_silence < 15);
  CHECK(std::abs(f.last_end - 60) < 3);
}

} // namespace rate_aware_clocks_test
