#include "actors/batching/first_pulse.hpp"
#include "actors/batching/rate_aware_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <map>

namespace whole_pulses_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr double period = 1.0 / 14;

// As many messages of one pulse, from one partition.
std::vector<stream_message> whole_pulse(int k, int messages, std::uint32_t partition = 0) {
  std::vector<stream_message> out;
  for (int i = 0; i < messages; ++i) {
    out.push_back(pulse(k * period));
    out.back().position = {partition, k * messages + i};
  }
  return out;
}

// Message by message, as Kafka may bring them, each a millisecond after the one before.
std::vector<message_batch> one_by_one(batcher& b, const std::vector<stream_message>& messages, double from) {
  std::vector<message_batch> out;
  auto now = from;
  for (const auto& m : messages)
    if (auto batch = b.add({m}, duration::from_seconds(now += 0.001))) out.push_back(std::move(*batch));
  return out;
}

// How many messages of each pulse a batch has.
std::map<timestamp, std::size_t> pulses_of(const message_batch& b) {
  std::map<timestamp, std::size_t> out;
  for (const auto& m : b.messages)
    ++out[m.time];
  return out;
}

} // namespace

TEST_CASE("many messages for one pulse: every window has whole pulses from the second on") {
  rate_aware_batcher b({second});
  std::vector<message_batch> batches;
  for (int k = 0; k < 60; ++k)
    for (auto& batch : one_by_one(b, whole_pulse(k, 45), 1000 + k * period))
      batches.push_back(std::move(batch));
  REQUIRE(batches.size() >= 4);
  // What came before the batcher knew of the other 44 is the first batch.
  CHECK(batches[0].messages.size() == 1);
  for (std::size_t i = 2; i < batches.size(); ++i) {
    CAPTURE(i);
    auto found = pulses_of(batches[i]);
    CHECK(found.size() == 14);
    for (const auto& [time, messages] : found)
      CHECK(messages == 45);
  }
  // The window with the other 44 of the first pulse closes with the last message of its last pulse, too.
  CHECK(batches[1].messages.size() == 44 + 13 * 45);
}

TEST_CASE("many messages for one pulse: no lag where one message makes a pulse") {
  rate_aware_batcher learnt({second});
  learnt.add({pulse(0)}, duration::from_seconds(100));
  for (int k = 1; k < 13; ++k)
    CHECK_FALSE(learnt.add({pulse(k * period)}, duration::from_seconds(100 + k * period)));
  CHECK(learnt.add({pulse(13 * period)}, duration::from_seconds(101)));
  for (int k = 14; k < 27; ++k)
    CHECK_FALSE(learnt.add({pulse(k * period)}, duration::from_seconds(100 + k * period)));
  CHECK(learnt.add({pulse(27 * period)}, duration::from_seconds(102)));
}

TEST_CASE("the start: the second batch comes with its last pulse, though rates were not known before it") {
  rate_aware_batcher b({second});
  REQUIRE(b.add({pulse(0), monitor_pulse(0)}, duration::from_seconds(50)));
  std::optional<message_batch> closed;
  int last = 0;
  for (int k = 1; k < 30 && !closed; ++k) {
    closed = b.add({pulse(k * period)}, duration::from_seconds(50 + k * period));
    if (closed) CHECK_MESSAGE(false, "the monitor's last pulse is missing");
    closed = b.add({monitor_pulse(k * period)}, duration::from_seconds(50 + k * period));
    last = k;
  }
  REQUIRE(closed);
  CHECK(last == 13);
  CHECK(count_of(*closed, "detector") == 13);
  CHECK(count_of(*closed, "monitor") == 13);
  CHECK(closed->end == seconds_in(1));
}

TEST_CASE("the start: pulses of later windows that came before the rate was known stay in theirs") {
  rate_aware_batcher b({second}, std::numeric_limits<double>::infinity());
  REQUIRE(b.add({pulse(0)}));
  auto closed = b.add(pulses(14, 1, 20));
  REQUIRE(closed);
  CHECK(closed->messages.size() == 13);
  CHECK(b.held() == 6);
  auto next = b.add(pulses(14, 20, 28));
  REQUIRE(next);
  CHECK(next->messages.size() == 14);
}

TEST_CASE("the rest of a pulse that stays away: half a pulse of wall time, or the next pulse, closes the window") {
  for (bool clock : {true, false}) {
    CAPTURE(clock);
    rate_aware_batcher b({second});
    auto now = [&](double s) { return clock ? duration::from_seconds(100 + s) : duration{}; };
    b.add(whole_pulse(0, 3), now(0));
    for (int k = 1; k < 13; ++k)
      CHECK_FALSE(b.add(whole_pulse(k, 3), now(k * period)));
    CHECK_FALSE(b.add(whole_pulse(13, 2), now(13 * period)));
    CHECK_FALSE(b.add({}, now(13.4 * period)));
    auto closed = b.add({}, now(13.6 * period));
    CHECK(closed.has_value() == clock);
    if (!closed) closed = b.add(whole_pulse(14, 1), now(14 * period));
    REQUIRE(closed);
    CHECK(closed->messages.size() == 12 * 3 + 2);
  }
}

TEST_CASE("several partitions: a pulse that is late in one of them belongs to its window") {
  rate_aware_batcher b({second});
  b.add(whole_pulse(0, 1, 0), duration::from_seconds(100));
  // Pulses in turn in two partitions.
  for (int k = 1; k < 12; ++k)
    CHECK_FALSE(b.add(whole_pulse(k, 1, k % 2), duration::from_seconds(100 + k * period)));
  // The last one overtakes the one before.
  CHECK_FALSE(b.add(whole_pulse(13, 1, 1), duration::from_seconds(101)));
  auto closed = b.add(whole_pulse(12, 1, 0), duration::from_seconds(101.002));
  REQUIRE(closed);
  CHECK(closed->messages.size() == 13);
  CHECK(b.tally().late == 0);
}

TEST_CASE("the first pulse: held until every stream has gone on to the next one") {
  first_pulse f;
  auto now = [](double s) { return duration::from_seconds(100 + s); };
  CHECK(f.add({pulse(0), pulse(0)}, now(0)).empty());
  CHECK(f.add({monitor_pulse(0), log_message(0.01)}, now(0.01)).empty());
  CHECK(f.add({pulse(0)}, now(0.02)).empty());
  CHECK(f.add({pulse(period)}, now(0.035)).empty());
  auto first = f.add({monitor_pulse(period), pulse(period)}, now(0.04));
  CHECK(first.size() == 5);
  CHECK(f.take_rest().size() == 3);
  CHECK(f.take_rest().empty());
  // Afterwards nothing is held.
  CHECK(f.add({pulse(5)}, now(5)).size() == 1);
  CHECK(f.end().empty());
}

TEST_CASE("the first pulse: wall time bounds the wait, and without a clock there is none") {
  first_pulse bounded;
  CHECK(bounded.add({pulse(0)}, duration::from_seconds(100)).empty());
  for (int i = 1; i < 15; ++i)
    CHECK(bounded.add({pulse(0)}, duration::from_seconds(100 + 0.01 * i)).empty());
  CHECK(bounded.add({pulse(0)}, duration::from_seconds(100.15)).size() == 16);
  CHECK(bounded.take_rest().empty());

  first_pulse calm;
  CHECK(calm.add({pulse(0)}, duration::from_seconds(100)).empty());
  CHECK(calm.add({log_message(1)}, duration::from_seconds(100.015)).empty());
  CHECK(calm.add({}, duration::from_seconds(100.021)).size() == 2);

  first_pulse no_clock;
  CHECK(no_clock.add({pulse(0)}, {}).size() == 1);

  first_pulse logs_first;
  CHECK(logs_first.add({log_message(0)}, duration::from_seconds(100)).size() == 1);

  first_pulse ended;
  CHECK(ended.add({pulse(0), pulse(period)}, duration::from_seconds(100)).empty());
  CHECK(ended.end().size() == 2);
}

} // namespace whole_pulses_test
