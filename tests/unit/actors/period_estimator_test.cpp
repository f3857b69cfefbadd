#include "actors/batching/gated_stream.hpp"
#include "actors/batching/period_estimator.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

namespace period_estimator_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr duration one_second{second};

period_estimator observed(const std::vector<double>& seconds) {
  period_estimator e;
  for (auto s : seconds)
    e.observe(seconds_in(s));
  return e;
}

std::vector<double> steady(double rate, int n) {
  std::vector<double> out;
  for (int k = 0; k < n; ++k)
    out.push_back(k / rate);
  return out;
}

// Part of 200 seeds of 32 samples that give the right rate.
double hits(double rate, double sigma, double missing) {
  int right = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937_64 rng(seed);
    std::normal_distribution<double> jitter(0, sigma);
    std::uniform_real_distribution<double> chance(0, 1);
    period_estimator e;
    for (int k = 0, taken = 0; taken < 32; ++k) {
      if (chance(rng) < missing) continue;
      e.observe(seconds_in(k / rate + jitter(rng)));
      ++taken;
    }
    if (e.rate() == static_cast<std::int64_t>(rate)) ++right;
  }
  return right / 200.0;
}

gated_stream converged(double rate, int n, double offset = 0) {
  gated_stream s;
  for (int k = 0; k < n; ++k)
    s.observe(seconds_in(offset + k / rate));
  return s;
}

} // namespace

TEST_CASE("R-1: the first time gives no difference; repeated times and those that go back add nothing") {
  period_estimator e;
  CHECK_FALSE(e.last());
  CHECK(e.differences() == 0);
  CHECK_FALSE(e.rate());
  e.observe({100});
  CHECK(e.last() == timestamp{100});
  CHECK(e.differences() == 0);
  e.observe({100});
  CHECK(e.differences() == 0);
  auto back = observed({1.0, 1.1, 1.05, 1.2});
  CHECK(back.differences() == 2);
  CHECK(back.last() == seconds_in(1.2));
}

TEST_CASE("R-2: four differences make a rate; no more than 32 are kept") {
  CHECK_FALSE(observed(steady(14, 4)).rate());
  CHECK(observed(steady(14, 5)).rate() == 14);
  CHECK(observed(steady(14, 500)).differences() == 32);
}

TEST_CASE("R-3: missing and doubled pulses do not change the rate") {
  std::vector<double> gaps;
  for (int k = 0; k < 60; ++k)
    if (k % 4 != 3) gaps.push_back(k / 14.0);
  CHECK(observed(gaps).rate() == 14);
  std::vector<double> doubled;
  for (int k = 0; k < 30; ++k) {
    doubled.push_back(k / 14.0);
    doubled.push_back(k / 14.0);
  }
  CHECK(observed(doubled).rate() == 14);
  CHECK(observed(steady(13.98, 30)).rate() == 14);
}

TEST_CASE("R-4: slow and odd rates are none; one a second is one, with jitter too") {
  for (auto rate : {0.5, 0.7, 0.85, 1.4}) {
    std::mt19937_64 rng(4);
    std::normal_distribution<double> jitter(0, 0.005);
    period_estimator e;
    for (auto s : steady(rate, 32))
      e.observe(seconds_in(s + jitter(rng)));
    CHECK_FALSE(e.rate());
  }
  CHECK(observed(steady(1, 10)).rate() == 1);
  CHECK(hits(1, 0.005, 0) == 1);
}

TEST_CASE("R-5: jitter and missing pulses within bounds hardly matter") {
  CHECK(hits(14, 0.0065, 0) >= 0.90);
  CHECK(hits(100, 0.0001, 0) >= 0.95);
  CHECK(hits(14, 0.003, 0.2) >= 0.95);
}

TEST_CASE("R-6: a time belongs to the nearest pulse") {
  auto g = pulse_grid::make({1000}, 14, one_second);
  CHECK(g.index({1000}) == 0);
  for (std::int64_t k : {-3, -1, 1, 2, 1000}) {
    auto t = g.origin + k * g.period;
    CHECK(g.index(t) == k);
    for (auto off : {g.period.ns / 4, g.period.ns / 2 - 1}) {
      CHECK(g.index(t + duration{off}) == k);
      CHECK(g.index(t - duration{off}) == k);
    }
  }
}

TEST_CASE("R-7: slot 0 is the first pulse of a window, or one just before it") {
  auto g = pulse_grid::make({0}, 14, one_second);
  auto at = [&](std::int64_t pulse, std::int64_t off) { return g.base({pulse * g.period.ns + off}); };
  CHECK(at(5, 0) == 5);
  CHECK(at(5, 6) == 5);
  CHECK(at(5, 100) == 5);
  CHECK(at(5, 5'000'000) == 6);
  CHECK(at(5, g.period.ns * 2 / 5) == 6);
  CHECK(at(6, -5'000'000) == 6);
  CHECK(at(-2, 5'000'000) == -1);
}

TEST_CASE("R-8: one pulse a second, a little before or after the window") {
  auto before = pulse_grid::make(seconds_in(-0.005), 1, one_second);
  CHECK(before.slot(seconds_in(0.995), seconds_in(0)) == 0);
  auto after = pulse_grid::make(seconds_in(0), 1, one_second);
  CHECK(after.slot(seconds_in(0), seconds_in(0.005)) == -1);
  CHECK(after.slot(seconds_in(1), seconds_in(0.005)) == 0);
}

TEST_CASE("R-9: slots are the same in every window") {
  for (auto offset : {0.0, 0.4 / 14}) {
    auto g = pulse_grid::make(seconds_in(offset), 14, one_second);
    for (int window = 0; window < 10; ++window)
      for (int k = 0; k < 14; ++k)
        CHECK(g.slot(seconds_in(offset + window + k / 14.0), seconds_in(window)) == k);
  }
}

TEST_CASE("R-10: the grid follows the rate and the length, and keeps its origin") {
  gated_stream s;
  s.refresh(seconds_in(0), one_second);
  CHECK_FALSE(s.on_grid());
  s = converged(14, 20);
  s.refresh(seconds_in(0), one_second);
  REQUIRE(s.grid());
  CHECK(s.grid()->period.ns == 71'428'571);
  CHECK(s.grid()->slots == 14);
  auto before = *s.grid();
  s.refresh(seconds_in(0), one_second);
  CHECK(*s.grid() == before);
  s.refresh(seconds_in(50), one_second);
  CHECK(s.grid()->origin == before.origin);
  s.refresh(seconds_in(50), {second / 2});
  CHECK(s.grid()->origin == before.origin);
  CHECK(s.grid()->slots == 7);
  s.refresh(seconds_in(1010 + 2), one_second);
  CHECK_FALSE(s.on_grid());

  auto slow = converged(1, 10);
  slow.refresh(seconds_in(10), one_second);
  CHECK(slow.on_grid());
  slow.refresh(seconds_in(10), {second * 6 / 10});
  CHECK_FALSE(slow.on_grid());
  slow.refresh(seconds_in(10), one_second);
  CHECK(slow.grid()->slots == 1);
}

TEST_CASE("R-10: a new grid begins at a message of the window, else at an earlier one, else at the last time seen") {
  auto last = converged(14, 20);
  last.refresh(seconds_in(1), one_second);
  CHECK(last.grid()->origin == seconds_in(19 / 14.0));
  auto with = [&](std::vector<double> bucket) {
    auto s = converged(14, 20);
    for (auto t : bucket)
      s.route(pulse(t), seconds_in(2));
    s.refresh(seconds_in(2), one_second);
    return s.grid()->origin;
  };
  CHECK(with({1.5, 2.5, 2.6}) == seconds_in(2.5));
  CHECK(with({1.5, 1.6}) == seconds_in(1.5));
}

TEST_CASE("a window of one pulse has one slot, at 71 ms as at a fourteenth of a second") {
  for (std::int64_t ns : {71'000'000LL, 71'428'571LL, 71'428'572LL, 100'000'000LL}) {
    auto s = converged(14, 20);
    s.refresh(seconds_in(1), {ns});
    REQUIRE(s.on_grid());
    CHECK(s.grid()->slots == 1);
  }
}

TEST_CASE("a grid takes every time that there is") {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  const pulse_grid grid{{0}, {100}, 14};
  CHECK(grid.base({lowest}) == lowest / 100);
  CHECK(grid.base({highest}) == highest / 100);
  CHECK(grid.base({-160}) == -2);
  CHECK(grid.base({-140}) == -1);
  CHECK(grid.base({140}) == 1);
  CHECK(grid.base({160}) == 2);
  CHECK(grid.base({200}) == 2);
}

} // namespace period_estimator_test
