// The counts of a small detector view by definition, to compare view_counts with.
#pragma once

#include "support/events.hpp"
#include "workflows/detector_view/view_counts.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numeric>
#include <random>
#include <vector>

namespace livedata::test {

inline constexpr std::size_t screen_bins = 12;
inline constexpr std::size_t pixels = 40;

inline const std::vector<double> edges{0, 10e6, 20e6, 40e6, 70e6};

inline double sum_of(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

// Everything by definition: window and past by screen bin and time.
struct naive_counts {
  std::vector<std::vector<double>> window{screen_bins, std::vector<double>(4, 0.0)};
  std::vector<std::vector<double>> past = window;

  void add(const std::vector<event>& events, const std::vector<std::int32_t>& map) {
    for (const auto& e : events) {
      if (e.pixel < 1 || e.pixel > static_cast<std::int32_t>(map.size())) continue;
      auto s = map[static_cast<std::size_t>(e.pixel - 1)];
      if (s < 0) continue;
      for (std::size_t k = 0; k < 4; ++k)
        if (edges[k] <= e.time_of_arrival && e.time_of_arrival < edges[k + 1])
          window[static_cast<std::size_t>(s)][k] += 1;
    }
  }

  void close() {
    for (std::size_t s = 0; s < screen_bins; ++s)
      for (std::size_t k = 0; k < 4; ++k) {
        past[s][k] += window[s][k];
        window[s][k] = 0;
      }
  }

  // Of the time bins first to first + count.
  std::vector<double> image(std::size_t first, std::size_t count, bool cumulative) const {
    std::vector<double> sum(screen_bins, 0.0);
    for (std::size_t s = 0; s < screen_bins; ++s)
      for (std::size_t k = first; k < first + count; ++k)
        sum[s] += window[s][k] + (cumulative ? past[s][k] : 0);
    return sum;
  }

  std::vector<double> spectrum(const std::vector<std::uint32_t>& group_of, std::uint32_t group, bool cumulative) const {
    std::vector<double> sum(4, 0.0);
    for (std::size_t s = 0; s < screen_bins; ++s)
      if (group_of[s] == group)
        for (std::size_t k = 0; k < 4; ++k)
          sum[k] += window[s][k] + (cumulative ? past[s][k] : 0);
    return sum;
  }

  // With images of the time bins 1 and 2, and groups 1 to 3 for each purpose (empty: none).
  void require_equal(const view_counts& h, const std::array<std::vector<std::uint32_t>, 2>& group_of) const {
    std::vector<double> of_window(h.screen_size());
    std::vector<double> of_all(h.screen_size());
    h.each_image_bin([&](std::size_t s, std::uint64_t in_window, std::uint64_t in_all) {
      of_window[s] = static_cast<double>(in_window);
      of_all[s] = static_cast<double>(in_all);
    });
    REQUIRE(of_window == image(1, 2, false));
    REQUIRE(of_all == image(1, 2, true));
    REQUIRE(static_cast<double>(h.window_totals().in_range) == sum_of(image(1, 2, false)));
    REQUIRE(static_cast<double>(h.window_totals().all) == sum_of(image(0, 4, false)));
    REQUIRE(static_cast<double>(h.cumulative_totals().all) == sum_of(image(0, 4, true)));
    for (std::size_t p = 0; p < 2; ++p)
      for (std::uint32_t g = 1; g < 4 && !group_of[p].empty(); ++g) {
        REQUIRE(h.window_spectrum(static_cast<view_counts::purpose>(p), g) == spectrum(group_of[p], g, false));
        REQUIRE(h.cumulative_spectrum(static_cast<view_counts::purpose>(p), g) == spectrum(group_of[p], g, true));
      }
  }
};

inline std::vector<std::uint32_t> random_groups(std::mt19937_64& rng, std::uint32_t groups) {
  std::vector<std::uint32_t> group_of(screen_bins);
  for (auto& g : group_of)
    g = std::uniform_int_distribution<std::uint32_t>(0, groups - 1)(rng);
  return group_of;
}

// One bin of the screen, or none, for each pixel.
inline std::vector<std::int32_t> random_map(std::mt19937_64& rng) {
  std::vector<std::int32_t> map(pixels);
  for (auto& s : map)
    s = std::uniform_int_distribution<std::int32_t>(-1, screen_bins - 1)(rng);
  return map;
}

} // namespace livedata::test
