#include "actors/batching/simple_batcher.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

namespace simple_batcher_test {

using namespace livedata;

namespace {

constexpr std::int64_t second = 1'000'000'000;

stream_message at(std::int64_t ns) {
  return {{stream_kind::detector_events, "s"}, {ns}, event_chunk{}};
}

std::vector<stream_message> all_at(std::vector<std::int64_t> times) {
  std::vector<stream_message> out;
  for (auto t : times)
    out.push_back(at(t));
  return out;
}

std::vector<std::int64_t> times(const message_batch& b) {
  std::vector<std::int64_t> out;
  for (const auto& m : b.messages)
    out.push_back(m.time.ns);
  return out;
}

timestamp anchor(std::vector<double> seconds, double length = 1.0) {
  std::vector<timestamp> t;
  for (auto s : seconds)
    t.push_back({static_cast<std::int64_t>(s * 1e9)});
  return plausible_anchor(std::move(t), duration::from_seconds(length));
}

} // namespace

TEST_CASE("A-1 to A-6: the plausible anchor is the largest time of the largest group of times") {
  CHECK(anchor({100}) == timestamp{100 * second});
  CHECK(anchor({5, 5, 5}) == timestamp{5 * second});
  CHECK(anchor({100.0, 100.1, 100.2, 100.3}) == timestamp{100'300'000'000});
  CHECK(anchor({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == timestamp{10 * second});
  CHECK(anchor({100.0, 100.1, 100.2, 100.3, 1e6}) == timestamp{100'300'000'000});
  CHECK(anchor({-1e6, 100.0, 100.1, 100.2, 100.3}) == timestamp{100'300'000'000});
  CHECK(anchor({100, 1e6}) == timestamp{1'000'000 * second});
  CHECK(anchor({1e6, 100}) == timestamp{1'000'000 * second});
  CHECK(anchor({0, 3, 20}) == timestamp{3 * second});
  CHECK(anchor({0, 3.1, 20}) == timestamp{20 * second});
}

TEST_CASE("the plausible anchor survives times at the ends of the range") {
  auto low = std::numeric_limits<std::int64_t>::min();
  auto high = std::numeric_limits<std::int64_t>::max();
  CHECK(plausible_anchor({{low}, {high}, {0}, {1}}, {second}) == timestamp{1});
}

TEST_CASE("S-1: without messages there is no batch") {
  simple_batcher b({second});
  CHECK_FALSE(b.add({}));
  CHECK_FALSE(b.flush());
}

TEST_CASE("S-2: the first messages are the first batch, from the earliest to the anchor") {
  auto first = [](std::vector<std::int64_t> t) { return simple_batcher({second}).add(all_at(std::move(t))); };
  for (auto t : {std::int64_t{0}, std::int64_t{-5}, std::int64_t{1234}}) {
    auto one = first({t});
    REQUIRE(one);
    CHECK(one->start.ns == t);
    CHECK(one->end.ns == t);
    CHECK(first({t, t, t})->messages.size() == 3);
  }
  auto three = first({3000, 1000, 2000});
  CHECK(three->start.ns == 1000);
  CHECK(three->end.ns == 3000);
}

TEST_CASE("S-3, S-5, S-9: a window closes with the first message at or after its end, which belongs to the next") {
  simple_batcher b({second});
  b.add(all_at({0}));
  CHECK_FALSE(b.add(all_at({second / 2})));
  CHECK_FALSE(b.add(all_at({second / 2 + 5, second - 1})));
  auto closed = b.add(all_at({second}));
  REQUIRE(closed);
  CHECK(closed->start.ns == 0);
  CHECK(closed->end.ns == second);
  CHECK(times(*closed) == std::vector<std::int64_t>{second / 2, second / 2 + 5, second - 1});
  auto next = b.add(all_at({2 * second}));
  REQUIRE(next);
  CHECK(next->start == closed->end);
  CHECK(times(*next) == std::vector<std::int64_t>{second});
}

TEST_CASE("S-6: a message that comes with later ones is in the window of its time") {
  simple_batcher b({second});
  b.add(all_at({0}));
  auto closed = b.add(all_at({second + 5, second - 10, second + 7}));
  REQUIRE(closed);
  CHECK(times(*closed) == std::vector<std::int64_t>{second - 10});
}

TEST_CASE("S-7: late messages are delivered with the open window") {
  simple_batcher b({second});
  b.add(all_at({100 * second}));
  CHECK_FALSE(b.add(all_at({3, 100 * second + 1, 50 * second})));
  auto closed = b.add(all_at({101 * second}));
  REQUIRE(closed);
  CHECK(times(*closed) == std::vector<std::int64_t>{3, 100 * second + 1, 50 * second});
}

TEST_CASE("S-10: a gap is walked through in empty windows, one a call") {
  simple_batcher b({second});
  b.add(all_at({0}));
  auto batch = b.add(all_at({5 * second + 1}));
  int empty = 0;
  while (batch) {
    CHECK(batch->messages.empty());
    ++empty;
    batch = b.add({});
  }
  CHECK(empty == 5);
  batch = b.add(all_at({6 * second}));
  REQUIRE(batch);
  CHECK(times(*batch) == std::vector<std::int64_t>{5 * second + 1});
}

TEST_CASE("S-11: steady traffic goes on while a message from the far future waits") {
  for (std::int64_t ahead : {10, 60, 240}) {
    simple_batcher b({second});
    b.add(all_at({0}));
    std::size_t delivered = 0;
    std::size_t sent = 0;
    std::size_t most_held = 0;
    std::size_t with_outlier = 0;
    std::int64_t longest_silence = 0;
    std::int64_t last_batch = 0;
    for (std::int64_t i = 1; i < 2500; ++i) {
      auto now = i * second / 10;
      auto messages = all_at({now});
      if (i == 30) messages.push_back(at(now + ahead * second));
      sent += messages.size();
      if (auto batch = b.add(std::move(messages))) {
        longest_silence = std::max(longest_silence, now - last_batch);
        last_batch = now;
        delivered += batch->messages.size();
        for (const auto& m : batch->messages)
          if (m.time.ns == (3 + ahead) * second) {
            ++with_outlier;
            CHECK(batch->start <= m.time);
            CHECK(m.time < batch->end);
          }
      }
      most_held = std::max(most_held, sent - delivered);
    }
    CHECK(longest_silence < 10 * second);
    CHECK(with_outlier > 0);
    CHECK(delivered > 2450);
    CHECK(most_held < 140);
  }
}

TEST_CASE("S-4, S-8: windows have the length asked for, the time just after one closes it") {
  for (std::int64_t length : {2 * second, second / 1000}) {
    simple_batcher b({length});
    b.add(all_at({0}));
    CHECK_FALSE(b.add(all_at({length - 1})));
    auto closed = b.add(all_at({length + 100}));
    REQUIRE(closed);
    CHECK(closed->end.ns == length);
    CHECK(times(*closed) == std::vector<std::int64_t>{length - 1});
  }
}

TEST_CASE("a new length holds from the next window on") {
  simple_batcher b({second});
  b.add(all_at({0}));
  b.set_batch_length({2 * second});
  auto closed = b.add(all_at({second}));
  REQUIRE(closed);
  CHECK(closed->end.ns == second);
  CHECK_FALSE(b.add(all_at({2 * second})));
  closed = b.add(all_at({3 * second}));
  REQUIRE(closed);
  CHECK(closed->end.ns == 3 * second);
}

TEST_CASE("one absurd time neither wedges nor floods the simple batcher, and is delivered and counted") {
  const std::int64_t traffic = 1'790'000'000 * second;
  const std::vector<std::int64_t> absurd{std::numeric_limits<std::int64_t>::max(),
                                         std::numeric_limits<std::int64_t>::min(),
                                         1,
                                         traffic + 30'000'000 * second,
                                         traffic + 900 * second,
                                         traffic + 40 * second + 7};
  for (auto outlier : absurd)
    for (int position : {0, 50})
      for (bool silence : {false, true}) {
        simple_batcher b({second});
        std::size_t got = 0;
        std::size_t empty = 0;
        std::int64_t last_end = 0;
        std::int64_t longest = 0;
        std::int64_t last = 0;
        // 100 ms of wall and data time a step.
        for (std::int64_t i = 0; i < 2000; ++i) {
          auto now = i * second / 10;
          auto quiet = silence && i > 50 && i < 200;
          std::vector<stream_message> messages;
          if (!quiet) messages = all_at({traffic + now});
          if (i == position) messages.push_back(at(outlier));
          auto batch = b.add(std::move(messages), {now});
          if (batch) {
            got += std::ranges::count(times(*batch), outlier);
            empty += batch->messages.empty();
            last_end = batch->end.ns;
          }
          if (batch || quiet) last = now;
          longest = std::max(longest, now - last);
        }
        CAPTURE(outlier);
        CAPTURE(position);
        CAPTURE(silence);
        auto reached = outlier < traffic + 190 * second || outlier > traffic + 2000 * second;
        if (reached) CHECK(got == 1);
        CHECK(empty < 30);
        CHECK(longest <= 15 * second);
        CHECK(std::abs(last_end - (traffic + 200 * second)) < 5 * second);
      }
}

TEST_CASE("one stamp in the future moves no window, wherever in a window it comes and however far it is ahead") {
  for (std::int64_t ahead : {4, 10, 60, 99, 900, 3600})
    for (int phase = 0; phase < 10; ++phase)
      for (bool clock : {true, false}) {
        CAPTURE(ahead);
        CAPTURE(phase);
        CAPTURE(clock);
        simple_batcher b({second});
        std::size_t outliers = 0;
        std::int64_t next_end = second;
        // Ten messages a second, of three streams each, in portions of their own.
        for (std::int64_t i = 0; i < 1200; ++i) {
          const auto t = i * second / 10;
          auto messages = all_at({t, t, t});
          // A whole pulse with a wrong time.
          if (i == 30 + phase) messages.insert(messages.begin() + 1, 3, at(t + ahead * second));
          auto batch = b.add(std::move(messages), {clock ? t + second : 0});
          if (i == 0) continue;
          CHECK(batch.has_value() == (t == next_end));
          if (!batch) continue;
          CHECK(batch->end.ns == next_end);
          next_end += second;
          for (const auto& m : batch->messages) {
            const auto own = batch->start <= m.time && m.time < batch->end;
            CHECK((own || m.time.ns == (30 + phase) * second / 10 + ahead * second));
            outliers += m.time.ns == (30 + phase) * second / 10 + ahead * second && !own;
          }
        }
        CHECK(b.tally().late == 0);
        CHECK(b.tally().recoveries == 0);
        CHECK(b.tally().far_ahead == 3);
        CHECK(b.tally().not_followed == (ahead > 1000 ? 0 : 3));
        // What is of another epoch goes at once, all else in its window.
        CHECK(outliers == (ahead > 1000 ? 3 : 0));
      }
}

TEST_CASE("a window that a single time has led away goes back with the next message of the traffic") {
  simple_batcher b({second});
  b.add(all_at({0}));
  // Nothing is in the open window.
  auto empty = b.add(all_at({102 * second}));
  REQUIRE(empty);
  CHECK(empty->messages.empty());
  CHECK_FALSE(b.add(all_at({second + second / 2})));
  CHECK(b.tally().recoveries == 1);
  CHECK(b.tally().not_followed == 1);
  auto closed = b.add(all_at({2 * second}));
  REQUIRE(closed);
  CHECK(closed->start.ns == second);
  CHECK(closed->end.ns == 2 * second);
  CHECK(times(*closed) == std::vector<std::int64_t>{second + second / 2});
  // It comes in its window.
  for (std::int64_t i = 3; i <= 102; ++i) {
    auto next = b.add(all_at({i * second}));
    REQUIRE(next);
    CHECK(times(*next) == std::vector<std::int64_t>{(i - 1) * second});
  }
  auto with_it = b.add(all_at({103 * second}));
  REQUIRE(with_it);
  CHECK(times(*with_it) == std::vector<std::int64_t>{102 * second, 102 * second});
}

TEST_CASE("a gap in the traffic is followed with its second time, that of a slow stream with the next message") {
  simple_batcher b({second});
  b.add(all_at({0}));
  b.add(all_at({second / 2}));
  CHECK_FALSE(b.add(all_at({100 * second, 100 * second})));
  auto before = b.add(all_at({100 * second + second / 14}));
  REQUIRE(before);
  CHECK(times(*before) == std::vector<std::int64_t>{second / 2});
  REQUIRE(b.add({}));
  CHECK_FALSE(b.add({}));
  auto behind = b.add(all_at({101 * second}));
  REQUIRE(behind);
  CHECK(behind->start.ns == 100 * second);
  CHECK(behind->messages.size() == 3);

  simple_batcher slow({second});
  slow.add(all_at({0}));
  std::size_t got = 0;
  for (std::int64_t i = 1; i < 20; ++i)
    for (auto batch = slow.add(all_at({i * 60 * second})); batch; batch = slow.add({}))
      for (auto t : times(*batch)) {
        ++got;
        CHECK(batch->start.ns <= t);
        CHECK(t < batch->end.ns);
      }
  CHECK(got >= 17);
  CHECK(slow.tally().recoveries == 0);
}

TEST_CASE("what is still held comes out at the end of the stream") {
  simple_batcher b({second});
  b.add(all_at({0}));
  b.add(all_at({5, second / 2}));
  auto rest = b.flush();
  REQUIRE(rest);
  CHECK(rest->start.ns == 0);
  CHECK(rest->end.ns == second / 2);
  CHECK(rest->messages.size() == 2);
  CHECK_FALSE(b.flush());
}

TEST_CASE("every message is in exactly one batch, windows touch, and portions of the stream do not matter for that") {
  std::mt19937_64 rng(5);
  for (int round = 0; round < 50; ++round) {
    simple_batcher b({second});
    std::uniform_int_distribution<std::int64_t> step(0, second / 3);
    std::uniform_int_distribution<int> portion(1, 5);
    std::int64_t now = 1000;
    std::size_t sent = 0;
    std::size_t got = 0;
    std::optional<timestamp> last_end;
    auto take = [&](const std::optional<message_batch>& batch) {
      if (!batch) return;
      got += batch->messages.size();
      CHECK(batch->start <= batch->end);
      if (last_end) CHECK(batch->start == *last_end);
      last_end = batch->end;
      for (const auto& m : batch->messages)
        CHECK(m.time.ns <= batch->end.ns);
    };
    for (int call = 0; call < 300; ++call) {
      std::vector<stream_message> messages;
      for (int i = portion(rng); i > 0; --i)
        messages.push_back(at(now += step(rng)));
      sent += messages.size();
      take(b.add(std::move(messages)));
    }
    take(b.flush());
    CHECK(got == sent);
  }
}

TEST_CASE("a batch length that is not positive, and an unknown batcher, are refused") {
  CHECK_THROWS_AS(simple_batcher({0}), std::invalid_argument);
  CHECK_THROWS_AS(make_batcher("clever", {second}), std::invalid_argument);
  CHECK(make_batcher("simple", {second})->batch_length() == duration{second});
}

} // namespace simple_batcher_test
