#include "actors/batching/adaptive_batcher.hpp"
#include "actors/batching/rate_aware_batcher.hpp"
#include "actors/batching/simple_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <random>

namespace adaptive_batcher_test {

using namespace livedata;
using namespace livedata::test;

namespace {

adaptive_batcher over_simple(double length = 1) {
  return adaptive_batcher(std::make_unique<simple_batcher>(duration::from_seconds(length)));
}

void report(adaptive_batcher& b, std::vector<double> seconds, double now = 0) {
  for (auto s : seconds)
    b.report_batch(10, duration::from_seconds(s), duration::from_seconds(now));
}

void idle(adaptive_batcher& b, double now) {
  b.report_batch(std::nullopt, {}, duration::from_seconds(now));
}

double window(const adaptive_batcher& b) {
  return b.batch_length().seconds();
}

// A service in a closed loop: windows of data, jobs that take overhead + per_s * window, idle polls of 0.1 s between.
struct scenario {
  adaptive_batcher b;
  std::mt19937_64 rng;
  double now = 0;
  double backlog = 0;
  double worst = 0;
  int highest = 0;
  int direction_changes = 0;
  double first_rise = -1;
  int rises = 0;

  explicit scenario(double base = 1, unsigned seed = 1) : b(over_simple(base)), rng(seed) {}

  using cost = std::function<double(double time, double window)>;

  static cost linear(double overhead, double per_s) {
    return [=](double, double w) { return overhead + per_s * w; };
  }

  cost jittered(cost c, double part) {
    return [this, c, part](double t, double w) {
      std::normal_distribution<double> n(1, part);
      return c(t, w) * std::max(0.1, n(rng));
    };
  }

  void run(double seconds, const cost& c) {
    int last = 0;
    for (auto end = now + seconds; now < end;) {
      auto w = window(b);
      auto took = c(now, w);
      backlog = std::max(0.0, backlog + took - w);
      worst = std::max(worst, backlog);
      auto before = b.level();
      report(b, {took}, now + took);
      // The next window is complete one window after the last, or at once with a backlog.
      auto next = now + std::max(w, took);
      for (auto t = now + took + 0.1; t < next; t += 0.1)
        idle(b, t);
      now = next;
      auto change = (b.level() > before) - (b.level() < before);
      if (change > 0) {
        ++rises;
        if (first_rise < 0) first_rise = now;
      }
      if (change != 0) {
        if (last != 0 && change != last) ++direction_changes;
        last = change;
      }
      highest = std::max(highest, b.level());
    }
  }

  void silence(double seconds) {
    for (auto end = now + seconds; now < end; now += 0.1)
      idle(b, now);
  }
};

} // namespace

TEST_CASE("D-1: starts at the length of the inner batcher, and hands its batches on") {
  auto b = over_simple();
  CHECK(b.level() == 0);
  CHECK(window(b) == 1.0);
  CHECK(b.add({pulse(0)})->messages.size() == 1);
  CHECK_FALSE(b.add({}));
}

TEST_CASE("the windows of the levels are whole pulses, each longer by the square root of two") {
  for (const auto& [base, counts] :
       std::vector<std::pair<double, std::vector<int>>>{{1, {14, 20, 28, 40, 56, 79, 112}},
                                                        {0.5, {7, 10, 14, 20, 28, 40, 56}},
                                                        {2, {28, 40, 56, 79, 112, 158, 224}}}) {
    auto b = over_simple(base);
    std::vector<int> got(7);
    // Up by two, down by one: every level is seen.
    report(b, std::vector<double>(6, 1e3));
    for (int level = 6; level >= 0; --level) {
      CHECK(b.level() == level);
      CHECK(window(b) == doctest::Approx(counts[static_cast<std::size_t>(level)] / 14.0).epsilon(1e-9));
      report(b, {0, 0, 0});
    }
  }
}

TEST_CASE("D-2: two overloads in a row raise it by two levels, up to the top") {
  auto b = over_simple();
  report(b, {1.5});
  CHECK(b.level() == 0);
  report(b, {1.5});
  CHECK(b.level() == 2);
  CHECK(window(b) == doctest::Approx(2.0));
  report(b, std::vector<double>(20, 100));
  CHECK(b.level() == 6);
}

TEST_CASE("D-3, D-7, D-8: what lies between 70 % and the window changes nothing") {
  auto b = over_simple();
  report(b, std::vector<double>(20, 0.8));
  CHECK(b.level() == 0);
  report(b, {1.5, 1.5});
  report(b, std::vector<double>(9, 1.6));
  CHECK(b.level() == 2);
  report(b, {0.1, 0.1, 2.5, 0.1, 0.1});
  CHECK(b.level() == 2);
  report(b, {1.6, 0.1, 0.1, 0.1});
  CHECK(b.level() == 1);
}

TEST_CASE("D-4, D-6: three windows without messages lower it by one, then three of the new length") {
  auto b = over_simple();
  idle(b, 1000);
  CHECK(b.level() == 0);
  report(b, {1.5, 1.5}, 0);
  idle(b, 5.9);
  CHECK(b.level() == 2);
  idle(b, 6.1);
  CHECK(b.level() == 1);
  idle(b, 6.1 + 3 * 20 / 14.0 - 0.1);
  CHECK(b.level() == 1);
  idle(b, 6.1 + 3 * 20 / 14.0 + 0.1);
  CHECK(b.level() == 0);
  idle(b, 1000);
  CHECK(b.level() == 0);

  auto c = over_simple();
  report(c, {1.5, 1.5}, 0);
  report(c, {1.6}, 5);
  idle(c, 10.9);
  CHECK(c.level() == 2);
  idle(c, 11.1);
  CHECK(c.level() == 1);
}

TEST_CASE("D-5: what breaks a row of overloads, and what does not") {
  auto b = over_simple();
  report(b, {1.5, 0.1, 1.5});
  CHECK(b.level() == 0);
  auto with_idle = over_simple();
  report(with_idle, {1.5});
  idle(with_idle, 0.5);
  report(with_idle, {1.5});
  CHECK(with_idle.level() == 2);
  auto with_empty = over_simple();
  report(with_empty, {1.5});
  with_empty.report_batch(0, duration::from_seconds(9), {});
  report(with_empty, {1.5});
  CHECK(with_empty.level() == 2);
  auto empty = over_simple();
  for (int i = 0; i < 20; ++i)
    empty.report_batch(0, duration::from_seconds(9), {});
  CHECK(empty.level() == 0);
}

TEST_CASE("D-9: a batch is judged by the window in force when it is reported") {
  auto b = over_simple();
  report(b, {1.1, 1.1});
  CHECK(b.level() == 2);
  report(b, {1.1, 0.2});
  CHECK(b.level() == 2);
  report(b, {0.2});
  CHECK(b.level() == 1);
}

TEST_CASE("D-10: idle polls between long batches do not lower it") {
  auto b = over_simple();
  report(b, std::vector<double>(6, 100));
  REQUIRE(b.level() == 6);
  double now = 0;
  for (int i = 0; i < 20; ++i) {
    now += 7;
    report(b, {7}, now);
    for (int k = 0; k < 10; ++k)
      idle(b, now += 0.1);
  }
  CHECK(b.level() == 6);
}

TEST_CASE("D-11, D-12: changes of length lose nothing; the open window keeps its end") {
  for (bool rate_aware : {false, true}) {
    std::unique_ptr<batcher> inner;
    if (rate_aware)
      inner = std::make_unique<rate_aware_batcher>(duration{second});
    else
      inner = std::make_unique<simple_batcher>(duration{second});
    adaptive_batcher b(std::move(inner));
    std::vector<message_batch> batches;
    std::size_t sent = 0;
    for (int k = 0; k < 14 * 40; ++k, ++sent) {
      if (auto batch = b.add({pulse(k / 14.0)})) {
        batches.push_back(std::move(*batch));
        auto n = batches.size();
        if (n == 10) report(b, {1.5, 1.5});
        if (n == 15) report(b, {0.1, 0.1, 0.1});
      }
    }
    CHECK(batches[10].messages.size() == 14);
    CHECK(batches[11].messages.size() == 28);
    if (auto rest = b.flush()) batches.push_back(std::move(*rest));
    CHECK(total(batches) == sent);
    for (std::size_t i = 1; i < batches.size(); ++i)
      CHECK(batches[i].start == batches[i - 1].end);
  }
}

TEST_CASE("loads that fit into their window leave the level at 0") {
  for (auto [overhead, per_s] : {std::pair{.1, .1}, {.3, .3}, {.4, .4}, {.3, .55}}) {
    scenario s;
    s.run(60, scenario::linear(overhead, per_s));
    CHECK(s.highest == 0);
  }
}

TEST_CASE("loads that do not fit settle at a level, and the backlog is worked off") {
  scenario moderate;
  moderate.silence(10);
  moderate.run(60, scenario::linear(0.6, 0.6));
  CHECK(moderate.highest == 2);
  CHECK(moderate.worst < 1.0);
  CHECK(moderate.backlog < 0.5);

  scenario overhead;
  overhead.silence(10);
  overhead.run(60, scenario::linear(0.8, 0.3));
  CHECK(overhead.highest <= 2);
  CHECK(overhead.direction_changes <= 1);
  CHECK(overhead.backlog < overhead.worst);

  scenario severe;
  severe.run(90, scenario::linear(1.8, 0.2));
  CHECK(severe.highest >= 3);
  CHECK(severe.highest <= 5);

  scenario extreme;
  extreme.run(90, scenario::linear(0.5, 1.5));
  CHECK(extreme.b.level() == 6);

  scenario longer(2);
  longer.run(90, scenario::linear(1.2, 0.6));
  CHECK(longer.highest == 2);

  scenario constant;
  constant.run(60, scenario::linear(1.05, 0));
  CHECK(constant.b.level() >= 1);
  CHECK(constant.direction_changes <= 1);

  scenario at_the_window;
  at_the_window.run(90, at_the_window.jittered(scenario::linear(0.5, 0.5), 0.1));
  CHECK(at_the_window.b.level() >= 1);
  CHECK(at_the_window.direction_changes <= 5);

  scenario always;
  always.run(60, [](double, double w) { return 1.5 * w; });
  CHECK(always.first_rise < 4);
}

TEST_CASE("a load that creeps up is followed") {
  scenario s;
  s.run(90, [](double t, double w) { return 0.3 + (0.2 + 0.8 * std::min(1.0, t / 60)) * w; });
  CHECK(s.highest >= 4);
  CHECK(s.worst < 3.5);
  scenario mild;
  mild.run(90, [](double t, double w) { return 0.3 + (0.5 + 0.3 * std::min(1.0, t / 60)) * w; });
  CHECK(mild.highest >= 1);
  CHECK(mild.highest <= 2);
}

TEST_CASE("when the load falls the level falls back to 0") {
  for (auto [overhead, per_s] : {std::pair{.1, .1}, {.3, .3}}) {
    scenario s;
    s.run(30, scenario::linear(0.8, 0.3));
    CHECK(s.b.level() >= 1);
    s.run(60, scenario::linear(overhead, per_s));
    CHECK(s.b.level() == 0);
  }
  scenario silent;
  silent.run(30, scenario::linear(0.8, 0.3));
  silent.silence(45);
  CHECK(silent.b.level() == 0);

  scenario severe;
  severe.run(60, scenario::linear(1.8, 0.2));
  CHECK(severe.b.level() >= 3);
  severe.run(60, scenario::linear(0.45, 0.5));
  CHECK(severe.b.level() <= 2);
  severe.run(60, scenario::linear(0.1, 0.1));
  CHECK(severe.b.level() == 0);

  scenario shutter;
  shutter.run(60, shutter.jittered(scenario::linear(0.7, 0.4), 0.15));
  CHECK(shutter.b.level() >= 1);
  shutter.run(60, scenario::linear(0.2, 0.01));
  CHECK(shutter.b.level() == 0);
  CHECK(shutter.worst < 2.0);

  scenario swinging;
  for (int i = 0; i < 5; ++i) {
    swinging.run(20, scenario::linear(0.7, 0.4));
    swinging.run(20, scenario::linear(0.2, 0.01));
  }
  CHECK(swinging.rises >= 4);
  CHECK(swinging.b.level() == 0);
}

} // namespace adaptive_batcher_test
