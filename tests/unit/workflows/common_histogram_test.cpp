// Histograms that rest on a common one give what they would have counted themselves.
#include "support/naive_counts.hpp"

using namespace livedata;
using namespace livedata::test;

namespace {

using purpose = view_histogram::purpose;

struct member {
  member() : histogram(screen_bins, time_bins(edges), {1, 2}) { histogram.allow_regrouping(); }

  view_histogram histogram;
  naive_counts naive;
  std::array<std::vector<std::uint32_t>, 2> group_of;
};

struct common_service {
  explicit common_service(unsigned seed) : rng(seed) {
    for (int m = 0; m < 3; ++m)
      maps.push_back(random_map(rng));
  }

  std::size_t upto(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n)(rng); }

  std::vector<event_chunk> some_chunks(std::vector<std::vector<event>>& events) {
    std::vector<event_chunk> chunks;
    for (std::size_t i = 0, n = 1 + upto(2); i < n; ++i) {
      events.push_back(random_events(rng, upto(1) == 0 ? upto(5) : upto(80), -2, pixels + 3));
      chunks.push_back(make_chunk(events.back()));
    }
    return chunks;
  }

  // While the member is lent the common counts.
  template <class F>
  void lent(member& m, F&& f) {
    m.histogram.lend(&common);
    f();
    m.histogram.lend(nullptr);
  }

  // A batch for some members; those that are not among them and follow the common counts leave before.
  void batch_for(const std::vector<bool>& takes) {
    for (std::size_t i = 0; i < members.size(); ++i)
      if (!takes[i]) lent(members[i], [&] { members[i].histogram.leave(); });
    std::vector<std::vector<event>> events;
    auto chunks = some_chunks(events);
    const auto& map = maps[upto(2)];
    pixel_table table(map, 1);
    event_tally tally;
    common.add(chunks, table, tally);
    common.settle();
    common.close_window();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!takes[i]) continue;
      lent(members[i], [&] {
        // New regions come before the data that they come with.
        if (upto(3) == 0) regroup(members[i]);
        members[i].histogram.add_common(chunks, table, tally.accepted);
        for (const auto& e : events)
          members[i].naive.add(e, map);
        if (upto(2) > 0) check(members[i]);
        if (upto(1) == 0) close(members[i]);
      });
    }
  }

  void own_batch(member& m) {
    lent(m, [&] { m.histogram.leave(); });
    std::vector<std::vector<event>> events;
    auto chunks = some_chunks(events);
    const auto& map = maps[upto(2)];
    event_tally tally;
    m.histogram.add(chunks, pixel_table(map, 1), tally);
    for (const auto& e : events)
      m.naive.add(e, map);
  }

  void regroup(member& m) {
    auto p = upto(1);
    m.group_of[p] = random_groups(rng, 4);
    m.histogram.group(static_cast<purpose>(p), m.group_of[p], 4);
  }

  static void check(member& m) {
    m.histogram.settle();
    m.naive.require_equal(m.histogram, m.group_of);
    for (std::size_t s = 0; s < screen_bins; ++s)
      for (std::size_t k = 0; k < 4; ++k)
        REQUIRE(static_cast<double>(m.histogram.spectrum(s)[k]) == m.naive.window[s][k] + m.naive.past[s][k]);
  }

  static void close(member& m) {
    m.histogram.close_window();
    m.naive.close();
  }

  std::mt19937_64 rng;
  std::vector<std::vector<std::int32_t>> maps;
  view_histogram common{screen_bins, time_bins(edges), {1, 2}};
  std::vector<member> members = std::vector<member>(4);
};

} // namespace

TEST_CASE("histograms that follow a common one, from whenever to whenever, give what they would have counted") {
  for (unsigned round = 0; round < 60; ++round) {
    common_service s(round);
    for (int step = 0; step < 50; ++step) {
      auto& m = s.members[s.upto(s.members.size() - 1)];
      switch (s.upto(7)) {
      case 0:
        s.own_batch(m);
        break;
      case 1:
        s.lent(m, [&] { s.regroup(m); });
        break;
      case 2:
        if (s.upto(3) == 0) {
          m.histogram.clear();
          m.naive = {};
        }
        break;
      case 3:
        s.lent(m, [&] {
          common_service::check(m);
          common_service::close(m);
        });
        break;
      case 4:
        s.common = s.common.copy();
        break;
      default: {
        std::vector<bool> takes;
        for (std::size_t i = 0; i < s.members.size(); ++i)
          takes.push_back(s.upto(5) > 0);
        s.batch_for(takes);
      }
      }
      for (auto& each : s.members)
        if (s.upto(2) == 0) s.lent(each, [&] { common_service::check(each); });
    }
  }
}

TEST_CASE("a histogram that follows a common one refuses to go on without it") {
  common_service s(1);
  s.batch_for({true, true, true, true});
  auto& h = s.members[0].histogram;
  event_tally tally;
  CHECK(h.follows());
  CHECK_THROWS_AS(h.add(make_chunk(std::vector<event>{{1, 1}}), pixel_table(s.maps[0], 1), tally), std::logic_error);
  CHECK_THROWS_AS(h.leave(), std::logic_error);
  h.group(purpose::regions, random_groups(s.rng, 4), 4);
  CHECK_THROWS_AS(h.settle(), std::logic_error);
}

TEST_CASE("a window of very many batches of a common histogram keeps no events without bound") {
  common_service s(2);
  auto& m = s.members[0];
  std::weak_ptr<const payload> first;
  for (int i = 0; i < 17000; ++i) {
    auto events = random_events(s.rng, 2, 1, pixels);
    auto chunk = make_chunk(events);
    if (i == 0) first = chunk.owner;
    pixel_table table(s.maps[0], 1);
    event_tally tally;
    s.common.add(chunk, table, tally);
    s.common.close_window();
    s.lent(m, [&] { m.histogram.add_common(std::span(&chunk, 1), table, tally.accepted); });
    m.naive.add(events, s.maps[0]);
  }
  CHECK(first.expired());
  s.lent(m, [&] {
    s.regroup(m);
    common_service::check(m);
  });
}
