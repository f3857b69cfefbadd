// What must hold for every batcher on random streams: jitter, gaps, bursts, clocks that are off, absurd times.
#include "actors/batching/rate_aware_batcher.hpp"
#include "actors/batching/simple_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>

namespace batcher_properties_test {

using namespace livedata;
using namespace livedata::test;

namespace {

struct arrival {
  double at;
  stream_message message;
};

struct stream_shape {
  bool gaps = true;
  bool skew = true;
  bool outliers = true;
};

// Each message has a name of its own, so that it can be found again.
std::vector<arrival> random_stream(std::mt19937_64& rng, const stream_shape& shape) {
  std::uniform_real_distribution<double> u(0, 1);
  std::vector<arrival> out;
  auto streams = 1 + static_cast<int>(u(rng) * 4);
  for (int s = 0; s < streams; ++s) {
    constexpr double rates[] = {14, 14, 7, 1, 10, 0.4, 3.3};
    auto rate = rates[static_cast<std::size_t>(u(rng) * 7)];
    auto kind = u(rng) < 0.3   ? stream_kind::log
                : u(rng) < 0.5 ? stream_kind::monitor_events
                               : stream_kind::detector_events;
    auto name = "s" + std::to_string(s);
    std::normal_distribution<double> jitter(0, u(rng) * 0.01);
    auto skew = shape.skew && u(rng) < 0.2 ? (u(rng) - 0.5) * 20 : 0.0;
    auto gap_from = 5 + u(rng) * 40;
    auto gap_to = shape.gaps && u(rng) < 0.5 ? gap_from + u(rng) * 20 : 0.0;
    for (int k = 0; k / rate < 60; ++k) {
      auto t = k / rate;
      if (t > gap_from && t < gap_to) continue;
      // Bursts: what comes in a gap of the transport arrives at its end.
      auto arrives = shape.gaps && t > 30 && t < 32 ? 32.0 : t;
      out.push_back({arrives + 0.01, message(kind, name, seconds_in(t + skew + jitter(rng)))});
    }
  }
  if (shape.outliers)
    for (int i = 0; i < 3; ++i) {
      auto far = std::pow(10, 1 + u(rng) * 8) * (u(rng) < 0.5 ? -1 : 1);
      auto kind = u(rng) < 0.5 ? stream_kind::log : stream_kind::detector_events;
      out.push_back({u(rng) * 50, message(kind, "s0", seconds_in(far))});
    }
  std::ranges::stable_sort(out, {}, &arrival::at);
  return out;
}

struct outcome {
  std::vector<message_batch> batches;
  std::size_t sent = 0;
  double longest_silence = 0;
};

// Polls of 100 ms; `wall` gives the batcher the wall clock.
outcome play(batcher& b, const std::vector<arrival>& stream, bool wall, double to = 75) {
  outcome o;
  auto next = stream.begin();
  double last = 0;
  for (int i = 1; i * 0.1 <= to; ++i) {
    auto now = i * 0.1;
    std::vector<stream_message> poll;
    for (; next != stream.end() && next->at < now; ++next)
      poll.push_back(next->message);
    o.sent += poll.size();
    auto busy = !poll.empty();
    if (auto batch = b.add(std::move(poll), wall ? duration::from_seconds(now) : duration{})) {
      o.batches.push_back(std::move(*batch));
      last = now;
    }
    if (busy) o.longest_silence = std::max(o.longest_silence, now - last);
  }
  if (auto rest = b.flush()) o.batches.push_back(std::move(*rest));
  return o;
}

std::unique_ptr<batcher> make(const char* kind) {
  return make_batcher(kind, {second});
}

constexpr const char* kinds[] = {"simple", "rate-aware"};

std::map<std::pair<std::string, std::int64_t>, int> census(const std::vector<message_batch>& batches) {
  std::map<std::pair<std::string, std::int64_t>, int> n;
  for (const auto& b : batches)
    for (const auto& m : b.messages)
      ++n[{m.stream.name, m.time.ns}];
  return n;
}

} // namespace

TEST_CASE("every message is in exactly one batch, whatever the times") {
  for (const auto* kind : kinds)
    for (unsigned seed = 0; seed < 60; ++seed) {
      std::mt19937_64 rng(seed);
      auto stream = random_stream(rng, {});
      auto b = make(kind);
      auto o = play(*b, stream, seed % 2 == 0);
      std::map<std::pair<std::string, std::int64_t>, int> expected;
      for (const auto& a : stream)
        ++expected[{a.message.stream.name, a.message.time.ns}];
      CAPTURE(kind);
      CAPTURE(seed);
      CHECK(census(o.batches) == expected);
    }
}

TEST_CASE("windows never overlap, unless the window had lost the traffic, which is counted") {
  for (const auto* kind : kinds)
    for (unsigned seed = 0; seed < 60; ++seed) {
      std::mt19937_64 rng(seed);
      stream_shape shape;
      shape.outliers = seed % 2 == 0;
      auto b = make(kind);
      auto o = play(*b, random_stream(rng, shape), true);
      std::uint64_t overlaps = 0;
      for (std::size_t i = 0; i < o.batches.size(); ++i) {
        CHECK(o.batches[i].start <= o.batches[i].end);
        if (i > 0) overlaps += o.batches[i].start < o.batches[i - 1].end;
      }
      CAPTURE(kind);
      CAPTURE(seed);
      CHECK(overlaps <= b->tally().recoveries);
    }
}

TEST_CASE("messages before their batch were late, those after it far ahead: both as many as were counted") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937_64 rng(seed);
    auto b = make("simple");
    auto o = play(*b, random_stream(rng, {}), false);
    std::uint64_t early = 0;
    std::uint64_t late = 0;
    for (std::size_t i = 1; i + 1 < o.batches.size(); ++i)
      for (const auto& m : o.batches[i].messages) {
        late += m.time < o.batches[i].start;
        early += m.time >= o.batches[i].end;
      }
    if (b->tally().recoveries > 0) continue;
    CHECK(late <= b->tally().late);
    CHECK(early <= b->tally().far_ahead);
  }
}

TEST_CASE("no window closes early while the stream behaves") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 rng(seed);
    std::uniform_real_distribution<double> u(0, 1);
    auto offset = u(rng) / 14;
    std::normal_distribution<double> jitter(0, 0.002);
    std::vector<arrival> stream;
    for (int k = 0; k < 14 * 40; ++k) {
      auto t = offset + k / 14.0;
      stream.push_back({t + 0.01, message(stream_kind::detector_events, "a", seconds_in(t + jitter(rng)))});
      stream.push_back({t + 0.02, message(stream_kind::monitor_events, "b", seconds_in(t + jitter(rng)))});
    }
    auto b = make("rate-aware");
    auto o = play(*b, stream, true, 41);
    CAPTURE(seed);
    REQUIRE(o.batches.size() >= 38);
    // The first few find the rate.
    for (std::size_t i = 6; i + 2 < o.batches.size(); ++i) {
      CHECK(count_of(o.batches[i], "a") == 14);
      CHECK(count_of(o.batches[i], "b") == 14);
      CHECK((o.batches[i].end - o.batches[i].start) == duration{second});
    }
    CHECK(b->tally().recoveries == 0);
  }
}

TEST_CASE("while anything arrives, batches come: silence is bounded when one stream stops, or its clock is off") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937_64 rng(seed);
    auto b = make("rate-aware");
    std::vector<arrival> stream;
    auto stop = 10 + static_cast<double>(seed % 20);
    for (int k = 0; k < 14 * 60; ++k) {
      auto t = k / 14.0;
      stream.push_back({t, message(stream_kind::detector_events, "a", seconds_in(t))});
      if (t < stop) stream.push_back({t, message(stream_kind::monitor_events, "b", seconds_in(t))});
    }
    auto o = play(*b, stream, false, 60);
    CAPTURE(seed);
    CHECK(o.longest_silence < 1.5);
    CHECK(o.batches.size() >= 57);
  }
  for (const auto* kind : kinds)
    for (unsigned seed = 0; seed < 60; ++seed) {
      std::mt19937_64 rng(seed);
      auto b = make(kind);
      auto o = play(*b, random_stream(rng, {}), true);
      CAPTURE(kind);
      CAPTURE(seed);
      // A silence of the stream itself counts from its last batch; gaps are 20 s at most.
      CHECK(o.longest_silence < 20 + 15);
    }
}

TEST_CASE("the same portions give the same batches") {
  for (const auto* kind : kinds) {
    std::mt19937_64 rng(7);
    auto stream = random_stream(rng, {});
    auto first = make(kind);
    auto second_one = make(kind);
    auto a = play(*first, stream, false);
    auto c = play(*second_one, stream, false);
    REQUIRE(a.batches.size() == c.batches.size());
    for (std::size_t i = 0; i < a.batches.size(); ++i) {
      CHECK(a.batches[i].start == c.batches[i].start);
      CHECK(a.batches[i].end == c.batches[i].end);
      CHECK(a.batches[i].messages.size() == c.batches[i].messages.size());
    }
  }
}

} // namespace batcher_properties_test
