#include "actors/batching/naive_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace naive_batcher_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("naive: nothing without messages; else all of them, in order of time, at once") {
  naive_batcher b({second});
  CHECK_FALSE(b.add({}));
  auto batch = b.add({log_message(2.5), log_message(1.0, "a"), log_message(1.0, "b")});
  REQUIRE(batch);
  REQUIRE(batch->messages.size() == 3);
  CHECK(batch->messages[0].stream.name == "a");
  CHECK(batch->messages[1].stream.name == "b");
  CHECK_FALSE(b.add({}));
  CHECK_FALSE(b.flush());
}

TEST_CASE("naive: a batch begins and ends at whole pulses, counted from the epoch") {
  naive_batcher b({second});
  auto at = [](std::int64_t ns) { return message(stream_kind::log, "x", {ns}); };
  auto batch = b.add({at(71'428'571), at(71'428'572)});
  CHECK(batch->start.ns == 71'428'571);
  CHECK(batch->end.ns == 2 * 71'428'571);
  batch = b.add({at(71'428'571)});
  CHECK(batch->start.ns == batch->end.ns);
  batch = b.add({at(-1)});
  CHECK(batch->start.ns == -71'428'571);
  CHECK(batch->end.ns == 0);
}

TEST_CASE("naive: an absurd time is gone with its batch") {
  naive_batcher b({second});
  auto batch = b.add({message(stream_kind::log, "x", {std::numeric_limits<std::int64_t>::max()}),
                      message(stream_kind::log, "x", {std::numeric_limits<std::int64_t>::min()})});
  CHECK(batch->messages.size() == 2);
  CHECK(batch->start < batch->end);
  batch = b.add({log_message(1)});
  CHECK(batch->messages.size() == 1);
  CHECK(batch->end - batch->start <= duration{71'428'571});
}

namespace {

// A batch with a sample of each of these times (s), which comes at that second of the wall clock.
message_batch one(naive_batcher& b, double wall, const std::vector<double>& times) {
  std::vector<stream_message> messages;
  for (auto t : times)
    messages.push_back(log_message(t));
  auto batch = b.add(std::move(messages), duration::from_seconds(wall));
  REQUIRE(batch);
  CHECK(batch->start <= batch->end);
  CHECK(batch->messages.size() == times.size());
  return *batch;
}

} // namespace

TEST_CASE("naive: one stamp in the future does not lead the data clock there, alone or among others, and is counted") {
  const auto pulse = pulse_period;
  naive_batcher b({second});
  one(b, 1000, {0});
  CHECK(one(b, 1001, {1}).end <= seconds_in(1) + pulse);
  // An hour ahead, alone: three lengths and what has passed.
  CHECK(one(b, 1002, {3602}).end <= seconds_in(1 + 1 + 3) + pulse);
  CHECK(b.tally().not_followed == 1);
  CHECK(b.tally().far_ahead == 1);
  CHECK(one(b, 1003, {3}).end <= seconds_in(3) + pulse);
  CHECK(one(b, 1004, {4, 3604}).end <= seconds_in(4) + pulse);
  CHECK(b.tally().not_followed == 2);
  // A clock that is wrong for good, beside one that is right.
  for (int i = 5; i < 50; ++i)
    CHECK(one(b, 1000 + i, {i % 2 == 0 ? 3600.0 + i : i}).end <= seconds_in(i + 3) + pulse);
  // Old samples that are sent again lead nowhere either.
  CHECK(one(b, 1050, {2}).end <= seconds_in(2) + pulse);
  CHECK(one(b, 1051, {51}).end >= seconds_in(51));
  // Slow signals are followed at once.
  CHECK(one(b, 5000, {4000}).end >= seconds_in(4000));
  const auto before = b.tally();
  CHECK(one(b, 9000, {8000}).end >= seconds_in(8000));
  CHECK(b.tally() == before);
}

TEST_CASE("naive: a clock that is set for good is followed with its third batch, forwards and backwards") {
  naive_batcher b({second});
  double wall = 1000;
  one(b, wall, {0});
  for (double to : {7200.0, 100.0}) {
    for (int i = 0; i < 2; ++i)
      one(b, ++wall, {to + i});
    CHECK(one(b, ++wall, {to + 2}).end >= seconds_in(to + 2));
    const auto before = b.tally();
    CHECK(one(b, ++wall, {to + 3}).end >= seconds_in(to + 3));
    // And from there nothing leads away.
    CHECK(one(b, ++wall, {to + 4, to + 4000}).end < seconds_in(to + 5));
    CHECK(b.tally().not_followed == before.not_followed + 1);
  }
  // Without a clock nobody can tell.
  naive_batcher blind({second});
  blind.add({log_message(0)});
  CHECK(blind.add({log_message(3600)})->end >= seconds_in(3600));
}

} // namespace naive_batcher_test
