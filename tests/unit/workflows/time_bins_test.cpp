#include "workflows/kernels/time_bins.hpp"
#include "workflows/value_models.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace time_bins_test {

using namespace livedata;

namespace {

// The definition: E_k <= t < E_k+1.
std::int32_t bin_by_definition(const std::vector<double>& edges, std::int32_t t) {
  for (std::size_t k = 0; k + 1 < edges.size(); ++k)
    if (edges[k] <= t && t < edges[k + 1]) return static_cast<std::int32_t>(k);
  return -1;
}

void check_against_definition(const std::vector<double>& edges, std::mt19937_64& rng) {
  time_bins bins(edges);
  REQUIRE(bins.size() == edges.size() - 1);
  std::vector<std::int32_t> times{std::numeric_limits<std::int32_t>::min(), -1, 0, 1,
                                  std::numeric_limits<std::int32_t>::max()};
  for (auto e : edges)
    for (auto step : {-1.0, 0.0, 1.0})
      if (auto t = std::floor(e) + step; std::abs(t) < 2e9) times.push_back(static_cast<std::int32_t>(t));
  auto low = std::max(edges.front() - 1000, -2.1e9);
  auto high = std::min(edges.back() + 1000, 2.1e9);
  if (low < high) {
    std::uniform_real_distribution<double> inside(low, high);
    for (int i = 0; i < 500; ++i)
      times.push_back(static_cast<std::int32_t>(inside(rng)));
  }
  for (auto t : times) {
    CAPTURE(t);
    REQUIRE(bins.find(t) == bin_by_definition(edges, t));
  }
}

} // namespace

TEST_CASE("an arrival time is in the bin that the edges say, for edges of any spacing") {
  std::mt19937_64 rng(7);
  std::uniform_int_distribution<int> count(1, 300);
  std::uniform_real_distribution<double> position(-1e8, 1e8);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> edges(static_cast<std::size_t>(count(rng)) + 1);
    for (auto& e : edges)
      e = round % 2 == 0 ? position(rng) : std::exp(position(rng) / 1e7); // even and very uneven widths
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    if (edges.size() < 2) continue;
    check_against_definition(edges, rng);
  }
}

TEST_CASE("equidistant edges in whole and broken nanoseconds") {
  std::mt19937_64 rng(8);
  for (auto n : {1, 2, 3, 7, 100, 999, 10000}) {
    std::vector<double> edges;
    for (int i = 0; i <= n; ++i)
      edges.push_back(71.43 * i / n * 1e6);
    check_against_definition(edges, rng);
  }
}

TEST_CASE("bins narrower than a nanosecond hold whole times only") {
  std::mt19937_64 rng(9);
  check_against_definition({0.1, 0.2, 0.3, 1.0, 1.5, 2.0, 2.25, 2.5, 3.0001}, rng);
}

TEST_CASE("edges beyond any arrival time") {
  std::mt19937_64 rng(10);
  check_against_definition({-1e12, -5e9, 0, 5e9, 1e12}, rng);
  check_against_definition({5e9, 6e9}, rng);
  check_against_definition({-6e9, -5e9}, rng);
  check_against_definition({-2147483648.0, 2147483648.0}, rng);
}

TEST_CASE("edges that do not increase, or are too many or too few, are refused") {
  CHECK_THROWS_AS(time_bins(std::vector<double>{1.0}), std::invalid_argument);
  CHECK_THROWS_AS(time_bins(std::vector<double>{1.0, 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(time_bins(std::vector<double>{2.0, 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(time_bins(std::vector<double>{0.0, std::nan(""), 1.0}), std::invalid_argument);
  std::vector<double> many(65537);
  for (std::size_t i = 0; i < many.size(); ++i)
    many[i] = static_cast<double>(i);
  CHECK_THROWS_AS(time_bins{many}, std::invalid_argument);
}

TEST_CASE("a range takes partly covered bins as a whole") {
  std::vector<double> edges{0, 2, 4, 6, 8, 10};
  auto selects = [&](double low, double high, int first, int count) {
    auto r = select_bins(edges, low, high);
    CHECK(r.count == count);
    if (count > 0) CHECK(r.first == first);
  };
  selects(2, 8, 1, 3);
  selects(3, 7, 1, 3);
  selects(0, 10, 0, 5);
  selects(-5, 50, 0, 5);
  selects(9, 9.5, 4, 1);
  selects(-5, -1, 0, 0);
  selects(4, 4.5, 2, 1);
}

TEST_CASE("a range given by the numbers of edges selects just the bins between them, in every unit") {
  const std::vector<std::string> units{"ns", "\u00b5s", "ms", "s"};

  struct axis {
    double start, stop; // ms
    std::int64_t bins;
    bool logarithmic;
  };

  std::size_t wrong = 0;
  for (const auto& a : {axis{0, 71.43, 100, false}, axis{0, 71.43, 300, false}, axis{-3.3, 66.7, 70, false},
                        axis{0.1, 71.43, 250, true}, axis{10.1, 10.2, 1000, false}})
    for (const auto& of_edges : units)
      for (const auto& of_range : units) {
        auto per_ms = [](const std::string& unit) { return 1e6 / nanoseconds_per(unit); };
        edges_model edges{a.start * per_ms(of_edges), a.stop * per_ms(of_edges), a.bins, a.logarithmic, of_edges};
        auto shown = edges.values();
        // As doubles, and as people copy them from a display.
        for (bool as_text : {false, true}) {
          auto number = [&](std::size_t i) {
            auto x = shown[i] * nanoseconds_per(of_edges) / nanoseconds_per(of_range);
            return as_text ? std::stod(fmt::format("{:.15g}", x)) : x;
          };
          for (std::size_t first = 0; first + 3 < shown.size(); ++first) {
            auto r = bins_in_range(edges, {number(first), number(first + 3), true, of_range});
            if (r.first != static_cast<std::int32_t>(first) || r.count != 3) ++wrong;
          }
        }
      }
  CHECK(wrong == 0);
  // Between edges it is no edge.
  auto part = bins_in_range({0, 10, 10, false, "ms"}, {1999.999, 3000.001, true, "\u00b5s"});
  CHECK(part.first == 1);
  CHECK(part.count == 3);
}

} // namespace time_bins_test
