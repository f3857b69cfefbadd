#include "support/events.hpp"
#include "workflows/kernels/screen_counts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace screen_counts_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::size_t screen_bins = 6;
constexpr std::size_t bins = 3;

using naive_counts = std::vector<std::uint64_t>;

// So many events of pixel s + 1 (which shows in screen bin s) in time bin k of [0, 10, 20, 30).
event_chunk one_cell(std::size_t s, std::size_t k, std::size_t events) {
  return make_chunk(
    std::vector<event>(events, event{static_cast<std::int32_t>(10 * k + 5), static_cast<std::int32_t>(s + 1)}));
}

struct fixture {
  time_bins times{std::vector<double>{0, 10, 20, 30}};
  pixel_table pixels{std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}, 1};
  event_tally tally;

  void add(screen_counts& c, naive_counts& n, std::size_t cell, std::size_t events) {
    c.make_ready(events, pixels);
    c.add(one_cell(cell / bins, cell % bins, events), pixels, times, tally);
    n[cell] += events;
  }

  static naive_counts read(const screen_counts& c) {
    naive_counts all(screen_bins * bins);
    for (std::size_t s = 0; s < screen_bins; ++s)
      c.add_row(s, std::span(all).subspan(s * bins, bins));
    return all;
  }

  static naive_counts image(const screen_counts& c, bin_range range) {
    naive_counts sums(screen_bins);
    c.add_image(range, sums);
    return sums;
  }

  static naive_counts image(const naive_counts& n, bin_range range) {
    naive_counts sums(screen_bins);
    for (std::size_t s = 0; s < screen_bins; ++s)
      for (auto k = range.first; k < range.first + range.count; ++k)
        sums[s] += n[s * bins + static_cast<std::size_t>(k)];
    return sums;
  }
};

} // namespace

TEST_CASE("counts are exact through carries and wide digits, and where spectra are put in their place") {
  fixture f;
  std::mt19937_64 rng(8);
  auto upto = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n)(rng); };
  for (int round = 0; round < 40; ++round) {
    screen_counts counts(screen_bins, bins, round % 2 == 0 ? screen_counts::most_narrow : 1500);
    naive_counts naive(screen_bins * bins);
    for (int step = 0; step < 60; ++step) {
      const auto cell = upto(screen_bins * bins - 1);
      if (upto(3) == 0) {
        std::vector<std::uint64_t> row(bins);
        for (auto& n : row)
          n = upto(5) == 0 ? upto(std::size_t{1} << 36) : upto(600);
        counts.put_row(cell / bins, row);
        std::copy(row.begin(), row.end(), naive.begin() + static_cast<std::ptrdiff_t>(cell / bins * bins));
      } else {
        f.add(counts, naive, cell, upto(600));
      }
      REQUIRE(fixture::read(counts) == naive);
      for (auto range : {bin_range{0, bins}, bin_range{1, 2}, bin_range{0, 1}, bin_range{2, 0}})
        REQUIRE(fixture::image(counts, range) == fixture::image(naive, range));
    }
  }
  CHECK(f.tally.received == f.tally.accepted);
}

TEST_CASE("a spectrum that is put in place leaves room for as many events as its counts can still take") {
  fixture f;
  screen_counts counts(screen_bins, bins, 1000);
  naive_counts naive(screen_bins * bins);
  counts.put_row(0, std::vector<std::uint64_t>{990, 0, 0});
  naive[0] = 990;
  f.add(counts, naive, 0, 10);
  CHECK_FALSE(counts.wide());
  f.add(counts, naive, 0, 1);
  CHECK(counts.wide());
  CHECK(fixture::read(counts) == naive);
}

TEST_CASE("spectra of groups are those of their screen bins") {
  fixture f;
  screen_counts counts(screen_bins, bins);
  naive_counts naive(screen_bins * bins);
  for (std::size_t cell = 0; cell < naive.size(); ++cell)
    f.add(counts, naive, cell, 100 * cell + 1);
  const std::vector<std::uint32_t> group_of{0, 1, 2, 1, 0, 2};
  std::vector<std::uint64_t> rows(3 * bins);
  counts.add_rows(group_of, rows);
  for (std::size_t k = 0; k < bins; ++k) {
    CHECK(rows[k] == 0);
    CHECK(rows[bins + k] == naive[1 * bins + k] + naive[3 * bins + k]);
    CHECK(rows[2 * bins + k] == naive[2 * bins + k] + naive[5 * bins + k]);
  }
}

TEST_CASE("events outside the bins of arrival time are told exactly, also when their place has gone round") {
  fixture f;
  screen_counts counts(screen_bins, bins);
  auto outside = make_chunk(std::vector<event>(1000, event{-1, 1}));
  for (int i = 0; i < 3; ++i) {
    counts.make_ready(outside.size(), f.pixels);
    counts.add(outside, f.pixels, f.times, f.tally);
  }
  CHECK(f.tally == event_tally{3000, 0, 0, 3000});
  CHECK(fixture::read(counts) == naive_counts(screen_bins * bins));
}

TEST_CASE(
  "chunks of any size count alike, few events for the bins or many, with pixels and times of no bin among them") {
  constexpr std::size_t screens = 20;
  constexpr std::size_t times = 50;
  std::vector<double> edges(times + 1);
  std::iota(edges.begin(), edges.end(), 0.0);
  const time_bins search{edges};
  // Every third pixel shows nowhere.
  std::vector<std::int32_t> map(60);
  for (std::size_t i = 0; i < map.size(); ++i)
    map[i] = i % 3 == 2 ? -1 : static_cast<std::int32_t>(i % screens);
  const pixel_table pixels{map, 1};
  std::mt19937_64 rng(9);
  std::uniform_int_distribution<std::int32_t> time(-2, times + 1);
  std::uniform_int_distribution<std::int32_t> pixel(-1, 63);
  for (std::size_t n : {0, 1, 63, 64, 65, 127, 128, 129, 400, 499, 500, 501, 3000}) {
    std::vector<event> events;
    for (std::size_t i = 0; i < n; ++i)
      events.push_back({time(rng), pixel(rng)});
    const auto chunk = make_chunk(events);
    screen_counts counts(screens, times);
    event_tally tally;
    event_tally expected;
    naive_counts naive(screens * times);
    // Often enough for carries.
    for (int round = 0; round < 300; ++round) {
      counts.make_ready(n, pixels);
      counts.add(chunk, pixels, search, tally);
      for (const auto& e : events) {
        ++expected.received;
        const auto s = e.pixel >= 1 && e.pixel <= 60 ? map[static_cast<std::size_t>(e.pixel - 1)] : -1;
        if (s < 0) {
          ++expected.unknown_pixel;
        } else if (e.time_of_arrival < 0 || e.time_of_arrival >= static_cast<std::int32_t>(times)) {
          ++expected.out_of_range;
        } else {
          ++expected.accepted;
          ++naive[static_cast<std::size_t>(s) * times + static_cast<std::size_t>(e.time_of_arrival)];
        }
      }
    }
    CHECK(tally == expected);
    for (std::size_t s = 0; s < screens; ++s) {
      std::vector<std::uint64_t> row(times);
      counts.add_row(s, row);
      CHECK(std::equal(row.begin(), row.end(), naive.begin() + static_cast<std::ptrdiff_t>(s * times)));
    }
  }
}

} // namespace screen_counts_test
