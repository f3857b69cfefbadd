#include "support/naive_counts.hpp"
#include "workflows/detector_view/view_counts.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <random>

namespace view_counts_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using purpose = view_counts::purpose;

// As threads would: the events of a chunk shared out over parts at random.
void add_in_parts(view_counts& h, std::size_t parts, const event_chunk& chunk, const pixel_table& table,
                  event_tally& tally, std::mt19937_64& rng) {
  h.open_parts(parts, std::span(&chunk, 1), table);
  event_tally counted;
  std::vector<std::vector<event_chunk>> shares(parts);
  for (std::size_t i = 0; i < chunk.size(); ++i)
    shares[std::uniform_int_distribution<std::size_t>(0, parts - 1)(rng)].push_back(chunk.part(i, 1));
  for (std::size_t n = 0; n < parts; ++n)
    h.add_to_part(n, shares[n], table, counted);
  h.join_parts(counted);
  tally += counted;
}

} // namespace

TEST_CASE("images and spectra of groups are those of their bins, however many events come at a time, in one part or in "
          "several, whenever groups change and windows close") {
  std::mt19937_64 rng(31);
  auto upto = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n)(rng); };
  for (int round = 0; round < 60; ++round) {
    // Some with so small a limit that counts change to their wide form under way.
    view_counts h(screen_bins, time_bins(edges), {1, 2}, round % 3 == 0 ? 60 : 0xffffffffU);
    h.allow_regrouping();
    naive_counts naive;
    std::array<std::vector<std::uint32_t>, 2> group_of;
    std::vector<std::vector<std::int32_t>> maps;
    for (int m = 0; m < 3; ++m)
      maps.push_back(random_map(rng));
    event_tally tally;
    for (int step = 0; step < 60; ++step) {
      switch (upto(5)) {
      case 0:
        h.close_window();
        naive.close();
        break;
      case 1:
      case 2: {
        auto p = upto(1);
        group_of[p] = random_groups(rng, 4);
        h.group(static_cast<purpose>(p), group_of[p], 4);
        break;
      }
      case 3:
        if (upto(9) == 0) {
          h.clear();
          naive = {};
        } else if (upto(9) == 0) {
          h.ungroup(purpose::regions);
          group_of[0].clear();
        }
        break;
      default: {
        // Few events are treated otherwise than many.
        auto events = random_events(rng, upto(1) == 0 ? upto(5) : upto(80), -2, pixels + 3);
        const auto& map = maps[upto(2)];
        if (upto(3) == 0)
          add_in_parts(h, 1 + upto(3), make_chunk(events), pixel_table(map, 1), tally, rng);
        else
          h.add(make_chunk(events), pixel_table(map, 1), tally);
        naive.add(events, map);
      }
      }
      if (upto(2) == 0) continue; // nobody asks
      h.settle();
      naive.require_equal(h, group_of);
    }
  }
}

TEST_CASE("a window that never closes keeps messages up to a number of bytes, and groups can still change exactly") {
  std::mt19937_64 rng(32);
  view_counts h(screen_bins, time_bins(edges), {0, 4});
  h.allow_regrouping(100'000);
  naive_counts naive;
  const auto map = random_map(rng);
  event_tally tally;
  const pixel_table table(map, 1);
  auto add = [&](std::size_t count = 3) {
    auto events = random_events(rng, count, 1, pixels);
    auto chunk = make_chunk(events);
    std::weak_ptr<const payload> alive = chunk.owner;
    h.add(chunk, table, tally);
    naive.add(events, map);
    return alive;
  };
  add();
  h.close_window();
  naive.close();
  auto first = add();
  add(5000);
  CHECK_FALSE(first.expired());
  add(5000);
  add(5000);
  CHECK(first.expired());
  CHECK(add(10).expired());
  for (int i = 0; i < 3; ++i) {
    auto group_of = random_groups(rng, 3);
    h.group(purpose::regions, group_of, 3);
    add();
    h.settle();
    for (std::uint32_t g = 1; g < 3; ++g) {
      CHECK(h.window_spectrum(purpose::regions, g) == naive.spectrum(group_of, g, false));
      CHECK(h.cumulative_spectrum(purpose::regions, g) == naive.spectrum(group_of, g, true));
    }
  }
  auto last = add();
  h.close_window();
  CHECK(last.expired());
}

TEST_CASE("counts take their wide form only when one of them comes near the end of the narrow one, however many events "
          "there are") {
  std::vector<std::int32_t> map{0, 1};
  event_tally tally;
  view_counts spread(2, time_bins(edges), {0, 4}, 100);
  // 300 events, at most 75 in one place.
  for (int i = 0; i < 75; ++i)
    spread.add(make_chunk(std::vector<event>{{1, 1}, {1, 2}, {15'000'000, 1}, {15'000'000, 2}}), pixel_table(map, 1),
               tally);
  CHECK_FALSE(spread.histogram().wide());
  for (int i = 0; i < 30; ++i)
    spread.add(make_chunk(std::vector<event>{{1, 1}}), pixel_table(map, 1), tally);
  CHECK(spread.histogram().wide());
  CHECK(spread.histogram().spectrum(0) == std::vector<std::uint64_t>{105, 75, 0, 0});
  CHECK(spread.histogram().spectrum(1) == std::vector<std::uint64_t>{75, 75, 0, 0});
}

TEST_CASE("groups that were not announced cannot change between two results") {
  view_counts h(1, time_bins(edges), {0, 4});
  event_tally tally;
  std::vector<std::int32_t> map{0};
  h.group(purpose::spectrum, {1}, 2);
  h.add(make_chunk(std::vector<event>{{1, 1}}), pixel_table(map, 1), tally);
  CHECK_THROWS_AS(h.group(purpose::regions, {1}, 2), std::logic_error);
  CHECK_THROWS_AS(h.group(purpose::regions, {1, 1}, 2), std::invalid_argument);
  h.close_window();
  h.group(purpose::regions, {1}, 2);
  CHECK(h.cumulative_spectrum(purpose::regions, 1) == std::vector<double>{1, 0, 0, 0});
}

TEST_CASE("a part that needs the wide form of counts gets it without the others") {
  view_counts h(1, time_bins(edges), {0, 4}, 10);
  event_tally tally;
  pixel_table table(std::vector<std::int32_t>{0}, 1);
  auto chunk = make_chunk(std::vector<event>(30, event{1, 1}));
  h.open_parts(2, std::span(&chunk, 1), table);
  event_tally counted;
  h.add_to_part(1, std::span(&chunk, 1), table, counted);
  h.join_parts(counted);
  CHECK_FALSE(h.histogram().wide());
  CHECK(h.histogram().spectrum(0) == std::vector<std::uint64_t>{30, 0, 0, 0});
  CHECK(h.window_totals().all == 30);
}

TEST_CASE("what is in no bin is told apart: unknown pixels, and arrival times out of range") {
  view_counts h(300, time_bins(edges), {0, 4});
  std::vector<std::int32_t> map(300);
  std::iota(map.begin(), map.end(), 0);
  map[7] = -1;
  event_tally tally;
  h.add(make_chunk(std::vector<event>{{1, 1}, {1, 0}, {1, 301}, {1, -5}, {1, 8}, {-1, 1}, {70'000'000, 1}, {-1, 8}}),
        pixel_table(map, 1), tally);
  CHECK(tally == event_tally{8, 1, 5, 2});
}

} // namespace view_counts_test
