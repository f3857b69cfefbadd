#include "workflows/kernels/value_bins.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace value_bins_test {

using namespace livedata;

namespace {

std::size_t by_comparison(const std::vector<double>& edges, double x) {
  for (std::size_t k = 0; k + 1 < edges.size(); ++k)
    if (edges[k] <= x && x < edges[k + 1]) return k;
  return edges.size();
}

void check(const std::vector<double>& edges, double x) {
  const auto k = value_bins(edges).find(x);
  const auto expected = by_comparison(edges, x);
  CAPTURE(x);
  if (expected == edges.size())
    CHECK(k >= edges.size() - 1);
  else
    CHECK(k == expected);
}

void check_around_edges(const std::vector<double>& edges) {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  const value_bins bins(edges);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    CHECK(std::min(bins.find(edges[i]), bins.size()) == i);
    CHECK(std::min(bins.find(std::nextafter(edges[i], -infinity)), bins.size()) == (i == 0 ? bins.size() : i - 1));
  }
  for (auto x : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), 1e300, -1e300})
    CHECK(bins.find(x) >= bins.size());
}

} // namespace

TEST_CASE("values on, before and outside of the edges are found in equidistant and in other bins") {
  std::vector<double> linear;
  std::vector<double> logarithmic;
  for (int i = 0; i <= 10000; ++i) {
    linear.push_back(0.1 + i * (0.7 / 10000));
    logarithmic.push_back(std::pow(10.0, -4 + i * (8.0 / 10000)));
  }
  check_around_edges(linear);
  check_around_edges(logarithmic);
  check_around_edges({-3, 3});
  check_around_edges({1, std::nextafter(1.0, 2.0), 2, 1e9});
}

TEST_CASE("random values are found where a comparison with all edges finds them") {
  std::mt19937_64 rng(4);
  for (int round = 0; round < 200; ++round) {
    std::uniform_real_distribution<double> anywhere(-2, 2);
    std::vector<double> edges;
    for (auto n = 2 + rng() % 40; edges.size() < n;)
      edges.push_back(round % 2 == 0 ? anywhere(rng) : std::exp(9 * anywhere(rng)));
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    if (edges.size() < 2) continue;
    std::uniform_real_distribution<double> value(1.1 * edges.front() - 0.1, 1.1 * edges.back());
    for (int i = 0; i < 50; ++i)
      check(edges, value(rng));
  }
}

TEST_CASE("edges that do not increase, or are no numbers, are refused") {
  CHECK_THROWS_AS(value_bins({1}), std::invalid_argument);
  CHECK_THROWS_AS(value_bins({1, 1}), std::invalid_argument);
  CHECK_THROWS_AS(value_bins({2, 1}), std::invalid_argument);
  CHECK_THROWS_AS(value_bins({1, std::nan("")}), std::invalid_argument);
  CHECK_THROWS_AS(value_bins({1, std::numeric_limits<double>::infinity()}), std::invalid_argument);
}

} // namespace value_bins_test
