#include "actors/reporter/quantile_sketch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace quantile_sketch_test {

using namespace livedata;

namespace {

// The one with rank ⌈q·n⌉.
double exact(std::vector<double> durations, std::size_t percent) {
  std::sort(durations.begin(), durations.end());
  return durations[(durations.size() * percent + 99) / 100 - 1];
}

bool within(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * expected;
}

} // namespace

TEST_CASE("no durations have quantiles of zero") {
  quantile_sketch s;
  CHECK(s.get().p50 == 0);
  CHECK(s.get().p99 == 0);
  CHECK(s.get().max == 0);
}

TEST_CASE("quantiles are off by at most one percent over nine decades, and the maximum is exact") {
  std::mt19937_64 rng(7);
  for (int round = 0; round < 200; ++round) {
    std::uniform_real_distribution<double> exponent(-6, round % 2 == 0 ? 3 : -5.9);
    quantile_sketch s;
    std::vector<double> durations(1 + static_cast<std::size_t>(round) * 5);
    for (auto& d : durations) {
      d = std::pow(10, exponent(rng));
      s.add(d);
    }
    auto q = s.get();
    CAPTURE(durations.size());
    CHECK(within(q.p50, exact(durations, 50), 0.0100001));
    CHECK(within(q.p99, exact(durations, 99), 0.0100001));
    CHECK(q.max == *std::max_element(durations.begin(), durations.end()));
    CHECK(q.p99 <= q.max);
  }
}

TEST_CASE("the ends of the range are within the precision too") {
  for (double d : {1e-6, 1.0000001e-6, 999.9999, 1000.0}) {
    quantile_sketch s;
    s.add(d);
    s.add(d * 1.5); // so that the maximum does not bound the median
    CAPTURE(d);
    CHECK(within(s.get().p50, d, 0.0100001));
  }
}

TEST_CASE("what is too short or negative counts as nearly nothing, what is too long is seen in the maximum") {
  quantile_sketch s;
  s.add(0);
  s.add(-5);
  CHECK(s.get().max == 0);
  CHECK(s.get().p50 == 0);
  s.add(1e-9);
  CHECK(s.get().p99 == 1e-9);
  for (int i = 0; i < 9; ++i)
    s.add(2000 + i);
  CHECK(s.get().p50 == 2008);
  CHECK(s.get().max == 2008);
}

TEST_CASE("durations that are not finite are left out") {
  quantile_sketch s;
  s.add(2);
  s.add(std::numeric_limits<double>::quiet_NaN());
  s.add(std::numeric_limits<double>::infinity());
  CHECK(s.get().max == 2);
  CHECK(s.get().p99 == 2);
}

} // namespace quantile_sketch_test
