// Must hold: when data stop, what is held is given out after some batch lengths of wall time, and silence is no lag.
#include "actors/batching/silence_watch.hpp"
#include "actors/reporter/quantile_sketch.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

namespace silence_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Pulses at 14 Hz until `stop`, in portions of 100 ms; then portions without messages until `end`. The batches, with
// the time on the wall of each.
std::vector<std::pair<double, message_batch>> batches(batcher& b, double stop, double end) {
  std::vector<std::pair<double, message_batch>> out;
  int k = 140;
  for (int i = 1; 10 + 0.1 * i <= end; ++i) {
    const auto now = 10 + 0.1 * i;
    std::vector<stream_message> poll;
    for (; k / 14.0 < std::min(now, stop); ++k)
      poll.push_back(pulse(k / 14.0));
    if (auto batch = b.add(std::move(poll), duration::from_seconds(now))) out.emplace_back(now, std::move(*batch));
  }
  return out;
}

std::size_t messages_in(const std::vector<std::pair<double, message_batch>>& all) {
  std::size_t n = 0;
  for (const auto& [now, b] : all)
    n += b.messages.size();
  return n;
}

} // namespace

TEST_CASE("an open window is given out three batch lengths after the last message") {
  for (const auto* kind : {"rate-aware", "simple"}) {
    CAPTURE(kind);
    const auto b = make_batcher(kind, duration::from_seconds(1));
    const auto all = batches(*b, 20.5, 40);
    CHECK(messages_in(all) == 147);
    CHECK(b->content().value().messages == 0);
    CHECK(all.back().first >= 23.4);
    CHECK(all.back().first < 23.8);
    CHECK_FALSE(all.back().second.messages.empty());
  }
}

TEST_CASE("without a wall clock nothing is given out for want of messages") {
  for (const auto* kind : {"rate-aware", "simple"}) {
    const auto b = make_batcher(kind, duration::from_seconds(1));
    (void)b->add({pulse(10)});
    (void)b->add({pulse(10.1)});
    for (int i = 0; i < 100; ++i)
      CHECK_FALSE(b->add({}));
  }
}

TEST_CASE("after a silence the batches go on with the data, and nothing is lost") {
  for (const auto* kind : {"rate-aware", "simple"}) {
    CAPTURE(kind);
    const auto b = make_batcher(kind, duration::from_seconds(1));
    auto n = messages_in(batches(*b, 20.5, 40));
    int k = 40 * 14;
    std::size_t sent = 147;
    double largest_gap = 0;
    for (int i = 1; i <= 100; ++i) {
      const auto now = 40 + 0.1 * i;
      std::vector<stream_message> poll;
      for (; k / 14.0 < now; ++k)
        poll.push_back(pulse(k / 14.0));
      sent += poll.size();
      if (auto batch = b->add(std::move(poll), duration::from_seconds(now))) {
        n += batch->messages.size();
        if (i > 30) largest_gap = std::max(largest_gap, std::abs(now - seconds_of(batch->end)));
      }
    }
    CHECK(n + b->content().value().messages == sent);
    CHECK(largest_gap < 1.5);
    CHECK(b->tally().recoveries == 0);
  }
}

TEST_CASE("a portion after a silence of a batch length, and at least a second, is told as such") {
  const auto at = [](double s) { return duration::from_seconds(s); };
  batching::silence_watch w;
  CHECK_FALSE(w.before(true, at(10), at(0.071)));
  CHECK_FALSE(w.before(true, at(10.5), at(0.071)));
  CHECK_FALSE(w.before(false, at(11.4), at(0.071)));
  CHECK(w.before(false, at(11.6), at(0.071)));
  CHECK(w.before(true, at(12), at(0.071)));
  CHECK_FALSE(w.before(true, at(12.1), at(0.071)));
  CHECK_FALSE(w.before(true, at(14), at(2)));
  CHECK(w.before(true, at(16.5), at(2)));
  // Without a wall clock there is no silence.
  CHECK_FALSE(w.before(true, {}, at(1)));
}

TEST_CASE("quantiles of the last minutes forget what was before") {
  const auto at = [](double s) { return timestamp{1'000'000'000'000} + duration::from_seconds(s); };
  recent_quantiles q;
  q.pass(at(0));
  q.add(57.6);
  q.pass(at(61));
  for (int i = 0; i < 100; ++i)
    q.add(0.1);
  CHECK(q.get().max == 57.6);
  q.pass(at(60 * (recent_minutes + 1) - 1));
  CHECK(q.get().max == 57.6);
  q.pass(at(60 * (recent_minutes + 1) + 1));
  CHECK(q.get().max == 0.1);
  CHECK(q.get().p99 == doctest::Approx(0.1).epsilon(0.02));
  q.pass(at(3600));
  CHECK(q.get().max == 0);
}

} // namespace silence_test
