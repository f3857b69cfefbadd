#include "support/events.hpp"
#include "workflows/kernels/event_counting.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace event_counting_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using generator = std::mt19937_64;

std::size_t up_to(generator& rng, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(rng);
}

// Of a width, or not; at any place, with whole and broken numbers, so that the ways of looking up all have their turn.
std::vector<double> random_edges(generator& rng) {
  const auto bins = 1 + up_to(rng, up_to(rng, 3) == 0 ? 30000 : 200);
  std::uniform_real_distribution<double> place(-2e9, 2e9);
  auto low = up_to(rng, 1) == 0 ? 0.0 : place(rng);
  auto high = up_to(rng, 1) == 0 ? low + 71'430'000.0 : low + static_cast<double>(1 + up_to(rng, 2'000'000'000));
  if (up_to(rng, 9) == 0) high = low + static_cast<double>(bins);
  std::vector<double> edges(bins + 1);
  const auto equal = up_to(rng, 2) != 0;
  for (std::size_t k = 0; k <= bins; ++k) {
    auto x = static_cast<double>(k) / static_cast<double>(bins);
    edges[k] = low + (high - low) * (equal ? x : x * x);
  }
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

struct random_pixels {
  std::vector<std::int32_t> bins;
  std::size_t screen_bins;
};

// In runs, or in any of so many bins; some of them show nowhere.
random_pixels make_pixels(generator& rng) {
  constexpr std::array<std::size_t, 3> screens{200, 3000, 70000};
  std::vector<std::int32_t> bins(1 + up_to(rng, 2000));
  const auto kind = up_to(rng, 4);
  if (kind < 2) {
    const auto length = kind == 0 ? 1 : 1 + up_to(rng, 40);
    for (std::size_t i = 0; i < bins.size(); ++i)
      bins[i] = static_cast<std::int32_t>(i / length);
    return {bins, bins.size()};
  }
  const auto screen_bins = screens[kind - 2];
  for (auto& b : bins)
    b = up_to(rng, 9) == 0 ? -1 : static_cast<std::int32_t>(up_to(rng, screen_bins - 1));
  bins.back() = static_cast<std::int32_t>(screen_bins) - 1;
  return {bins, screen_bins};
}

// Times at edges and next to them, anywhere between and beyond; pixels of the detector and others.
std::vector<event> random_events(generator& rng, const std::vector<double>& edges, std::int32_t first_pixel,
                                 std::size_t pixels) {
  constexpr double lowest = std::numeric_limits<std::int32_t>::min();
  constexpr double highest = std::numeric_limits<std::int32_t>::max();
  std::uniform_real_distribution<double> anywhere(edges.front() - 1000, edges.back() + 1000);
  std::vector<event> events(up_to(rng, 300));
  for (auto& e : events) {
    auto t = anywhere(rng);
    if (auto kind = up_to(rng, 9); kind < 5)
      t = std::floor(edges[up_to(rng, edges.size() - 1)]) + static_cast<double>(up_to(rng, 4)) - 2;
    else if (kind == 5)
      t = std::uniform_real_distribution<double>(lowest, highest)(rng);
    e.time_of_arrival = static_cast<std::int32_t>(std::clamp(t, lowest, highest));
    e.pixel = static_cast<std::int32_t>(static_cast<std::uint32_t>(first_pixel) +
                                        static_cast<std::uint32_t>(up_to(rng, pixels + 10)) - 5U);
    if (up_to(rng, 30) == 0) e.pixel = static_cast<std::int32_t>(rng());
  }
  return events;
}

template <class Upper>
struct counted_events {
  std::vector<std::uint8_t> lower;
  std::vector<Upper> upper;
  std::vector<std::uint64_t> carries;
  counting_outcome outcome;
};

template <class Upper, class Count>
counted_events<Upper> counted_from(std::uint8_t before, std::size_t screen_bins, std::size_t time_bins, Count&& count) {
  const auto places = screen_bins * time_bins;
  counted_events<Upper> c{std::vector<std::uint8_t>(places + 1, before),
                          std::vector<Upper>(places + 1),
                          std::vector<std::uint64_t>(screen_bins + 1),
                          {}};
  c.outcome =
    count(count_digits<Upper>{c.lower.data(), c.upper.data(), c.carries.data(), time_bins, screen_bins * time_bins});
  return c;
}

// By definition. What happens at the place for events in no bin is nobody's business.
template <class Upper>
void require_by_definition(const counted_events<Upper>& c, std::uint8_t before, const std::vector<event>& events,
                           const pixel_table& pixels, const time_bins& bins) {
  std::vector<std::uint64_t> counts(c.lower.size() - 1, before);
  counting_outcome outcome;
  for (const auto& e : events) {
    const auto s = pixels.find(e.pixel);
    const auto k = bins.find(e.time_of_arrival);
    if (s < 0)
      ++outcome.unknown_pixel;
    else if (k < 0)
      ++outcome.out_of_range;
    else
      ++counts[static_cast<std::size_t>(s) * bins.size() + static_cast<std::size_t>(k)];
  }
  std::vector<std::uint64_t> carries(c.carries.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (((static_cast<std::uint64_t>(c.upper[i]) << 8) | c.lower[i]) != counts[i]) FAIL("wrong count at place ", i);
    carries[i / bins.size()] += counts[i] >> 8;
    outcome.carried = outcome.carried || counts[i] >> 8 != 0;
  }
  REQUIRE(std::equal(carries.begin(), carries.end() - 1, c.carries.begin()));
  REQUIRE(c.outcome.unknown_pixel == outcome.unknown_pixel);
  REQUIRE(c.outcome.out_of_range == outcome.out_of_range);
  REQUIRE((c.outcome.carried || !outcome.carried));
}

struct random_case {
  explicit random_case(generator& rng)
    : edges(random_edges(rng)), bins(edges), made(make_pixels(rng)),
      first_pixel(up_to(rng, 1) == 0 ? 1 : static_cast<std::int32_t>(static_cast<std::uint32_t>(rng()) & 0x7fff'0000U)),
      pixels(made.bins, first_pixel), events(random_events(rng, edges, first_pixel, made.bins.size())),
      chunk(make_chunk(events)) {}

  std::vector<double> edges;
  time_bins bins;
  random_pixels made;
  std::int32_t first_pixel;
  pixel_table pixels;
  std::vector<event> events;
  event_chunk chunk;
};

template <class Upper>
void check_counting(generator& rng) {
  const random_case c(rng);
  if (c.made.screen_bins * c.bins.size() > 4'000'000) return;
  const auto fetch_ahead = up_to(rng, 1) == 0;
  const auto before = static_cast<std::uint8_t>(up_to(rng, 1) == 0 ? 0 : 255);
  auto check = [&](auto&& count) {
    require_by_definition(counted_from<Upper>(before, c.made.screen_bins, c.bins.size(), count), before, c.events,
                          c.pixels, c.bins);
  };
  check([&](const auto& to) { return count_events(to, c.chunk, c.pixels, c.bins, fetch_ahead); });
  if (best_vector_unit() == vector_unit::avx2)
    check([&](const auto& to) { return count_events_avx2(to, c.chunk, c.pixels, c.bins, fetch_ahead); });
}

void check_showing(generator& rng) {
  const random_case c(rng);
  bin_range range;
  range.first = static_cast<std::int32_t>(up_to(rng, c.bins.size() - 1));
  range.count = static_cast<std::int32_t>(up_to(rng, c.bins.size() - static_cast<std::size_t>(range.first)));
  std::vector<std::uint64_t> by_definition(c.made.screen_bins, 7);
  std::uint64_t number = 0;
  for (const auto& e : c.events) {
    const auto s = c.pixels.find(e.pixel);
    const auto k = c.bins.find(e.time_of_arrival);
    if (s < 0 || k < range.first || k >= range.first + range.count) continue;
    ++by_definition[static_cast<std::size_t>(s)];
    ++number;
  }
  auto check = [&](auto&& show) {
    std::vector<std::uint64_t> image(c.made.screen_bins + 1, 7);
    REQUIRE(show(events_image{image.data(), range, c.made.screen_bins}) == number);
    REQUIRE(std::equal(by_definition.begin(), by_definition.end(), image.begin()));
  };
  check([&](const auto& to) { return show_events(to, c.chunk, c.pixels, c.bins); });
  if (best_vector_unit() == vector_unit::avx2)
    check([&](const auto& to) { return show_events_avx2(to, c.chunk, c.pixels, c.bins); });
}

} // namespace

TEST_CASE("events are counted by definition, with and without the vector unit") {
  generator rng(12);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    check_counting<std::uint32_t>(rng);
    check_counting<std::uint64_t>(rng);
  }
}

TEST_CASE("events show in the image of a range of arrival times by definition, with and without the vector unit") {
  generator rng(13);
  for (int round = 0; round < 600; ++round) {
    CAPTURE(round);
    check_showing(rng);
  }
}

TEST_CASE("bins of a width are looked up in single precision where that can tell them") {
  auto edges = [](std::size_t bins, double low, double high) {
    std::vector<double> out(bins + 1);
    for (std::size_t k = 0; k <= bins; ++k)
      out[k] = low + (high - low) * static_cast<double>(k) / static_cast<double>(bins);
    return out;
  };
  CHECK(time_bins(edges(100, 0, 71'430'000)).in_single() != nullptr);
  CHECK(time_bins(edges(5000, -1e6, 71'430'000)).in_single() != nullptr);
  CHECK(time_bins(edges(60000, 0, 71'430'000)).in_single() == nullptr);
  CHECK(time_bins(edges(100, -2e9, 2e9)).in_single() == nullptr);
  CHECK(time_bins(std::vector<double>{0, 1, 10, 100}).in_single() == nullptr);
}

} // namespace event_counting_test
