#include "actors/preprocess/log_buffer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace log_buffer_test {

using namespace livedata;

namespace {

constexpr std::int64_t second = 1'000'000'000;
using outcome = log_buffer::outcome;

log_sample sample(std::int64_t time, double value) {
  return {{time}, value, {}, {}};
}

log_buffer_options limits(std::size_t samples, std::int64_t seconds = 1'000'000) {
  log_buffer_options o;
  o.max_samples = samples;
  o.max_age = {seconds * second};
  return o;
}

std::vector<std::int64_t> kept(const log_buffer& b) {
  std::vector<std::int64_t> out;
  for (auto t : b.get()->time)
    out.push_back(t.ns / second);
  return out;
}

std::vector<std::int64_t> kept_of(log_buffer_options o, const std::vector<std::int64_t>& seconds) {
  log_buffer b("x", std::move(o));
  for (auto s : seconds)
    CHECK(b.add(sample(s * second, 0)) == outcome::added);
  return kept(b);
}

using list = std::vector<std::int64_t>;

} // namespace

TEST_CASE("E-1, E-6: a log keeps everything within its limits and gives nothing before its first sample") {
  log_buffer b("x", {});
  CHECK(b.get() == nullptr);
  for (int i = 0; i <= 500; ++i)
    CHECK(b.add(sample(i, i)) == outcome::added);
  CHECK(b.get()->time.size() == 501);
  CHECK(b.get()->value.size() == 501);
  CHECK(b.get()->value[500] == 500);
}

TEST_CASE(
  "E-6: older and repeated samples are refused, another value of the same time replaces the first; clear() allows "
  "old times again") {
  log_buffer b("x", {});
  CHECK(b.add(sample(10, 1.5)) == outcome::added);
  auto before = b.get();
  CHECK(b.add(sample(10, 1.5)) == outcome::duplicate);
  CHECK(b.add(sample(9, 1.5)) == outcome::out_of_order);
  CHECK(b.get() == before);
  CHECK(b.add(sample(10, 2.5)) == outcome::replaced);
  CHECK(b.get()->value.back() == 2.5);
  CHECK(b.get()->time.size() == 1);
  CHECK(before->value.back() == 1.5);
  b.clear();
  CHECK(b.get() == nullptr);
  CHECK(b.add(sample(5, std::nan(""))) == outcome::added);
  CHECK(b.add(sample(5, std::nan(""))) == outcome::duplicate);
}

TEST_CASE("E-6: limits of number and age, of which the newest sample is the measure") {
  CHECK(kept_of(limits(5), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) == list{7, 8, 9, 10, 11});
  CHECK(kept_of(limits(100, 10), {1, 2, 3, 20, 21}) == list{3, 20, 21});
  CHECK(kept_of(limits(100, 10), {0, 100}) == list{0, 100});
  CHECK(kept_of(limits(100, 10), {1, 2, 3}) == list{1, 2, 3});
  CHECK(kept_of(limits(1), {1, 2, 3}) == list{3});
  CHECK(kept_of(limits(3, 100), {1, 2, 3, 4, 5, 6, 7, 8, 9}) == list{7, 8, 9});
  CHECK_THROWS_AS(log_buffer("x", limits(0)), std::invalid_argument);
}

TEST_CASE("the age of a sample is right for times at the ends of the range") {
  log_buffer b("x", limits(100, 10));
  auto low = std::numeric_limits<std::int64_t>::min();
  auto high = std::numeric_limits<std::int64_t>::max();
  CHECK(b.add(sample(low, 1)) == outcome::added);
  CHECK(b.add(sample(0, 2)) == outcome::added);
  CHECK(b.add(sample(high, 3)) == outcome::added);
  CHECK(b.get()->value.size() == 2);
}

TEST_CASE("E-6: values, targets and idle flags stay side by side while the oldest go") {
  auto o = limits(4);
  o.with_target = o.with_idle = true;
  o.unit = "mm";
  log_buffer b("x", o);
  for (int i = 0; i < 200; ++i)
    CHECK(b.add({{i}, double(i), i + 0.5, i % 2 == 0}) == outcome::added);
  const auto& s = *b.get();
  REQUIRE(s.time.size() == 4);
  REQUIRE(s.target.size() == 4);
  REQUIRE(s.idle.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(s.time[i].ns == 196 + static_cast<int>(i));
    CHECK(s.value[i] == s.time[i].ns);
    CHECK(s.target[i] == s.value[i] + 0.5);
    CHECK(s.idle[i] == (s.time[i].ns % 2 == 0 ? 1 : 0));
  }
  CHECK(s.unit == "mm");
  CHECK(b.add({{500}, 1.0, {}, true}) == outcome::no_target);
  CHECK(b.add({{500}, 1.0, 1.0, {}}) == outcome::no_idle);
}

TEST_CASE("E-6: memory is bounded, and what was given out keeps its content") {
  log_buffer b("x", limits(100));
  std::vector<series_ptr> views;
  std::size_t most = 0;
  for (int i = 0; i < 5000; ++i) {
    b.add(sample(i, i));
    most = std::max(most, b.capacity());
    views.push_back(b.get());
  }
  CHECK(most <= 200);
  for (std::size_t n = 0; n < views.size(); ++n) {
    REQUIRE(views[n]->value.size() == std::min<std::size_t>(n + 1, 100));
    CHECK(views[n]->value.back() == static_cast<double>(n));
    CHECK(views[n]->value.front() == static_cast<double>(n + 1 - views[n]->value.size()));
  }
}

TEST_CASE("E-6: logs of equal rate move to new memory at different times, equal names at the same") {
  auto moves = [](const std::string& name) {
    std::set<int> at;
    log_buffer b(name, limits(1000));
    const void* where = nullptr;
    for (int i = 0; i < 5000; ++i) {
      b.add(sample(i, i));
      auto now = static_cast<const void*>(b.get()->owner.get());
      if (i > 2000 && now != where) at.insert(i);
      where = now;
    }
    return at;
  };
  auto a = moves("a");
  CHECK_FALSE(a.empty());
  CHECK(moves("a") == a);
  CHECK(moves("another") != a);
}

TEST_CASE("whole numbers stay exact until a number with a fraction comes, and what was given out stays") {
  log_buffer b("x", limits(10));
  constexpr std::int64_t big = (std::int64_t{1} << 60) + 1;
  CHECK(b.add({{1}, big, {}, {}}) == outcome::added);
  auto first = b.get();
  CHECK(first->whole_numbers);
  CHECK(b.add({{1}, big + 1, {}, {}}) == outcome::replaced);
  CHECK(b.get()->whole[0] == big + 1);
  CHECK(b.add({{2}, 0.5, {}, {}}) == outcome::added);
  CHECK_FALSE(b.get()->whole_numbers);
  CHECK(b.get()->whole.empty());
  CHECK(b.get()->value[1] == 0.5);
  CHECK(b.add({{3}, std::int64_t{7}, {}, {}}) == outcome::added);
  CHECK_FALSE(b.get()->whole_numbers);
  CHECK(b.get()->value[2] == 7);
  CHECK(first->whole[0] == big);
}

TEST_CASE("same time, new fact: a sample of the time of the newest replaces it, in value, target and idle flag") {
  auto o = limits(3);
  o.with_target = o.with_idle = true;
  log_buffer b("axis", o);
  const auto at = [](std::int64_t t) { return timestamp{t * second}; };
  for (int t = 1; t <= 4; ++t)
    CHECK(b.add({at(t), double(t), 10.0, false}) == outcome::added);
  auto before = b.get();
  CHECK(b.add({at(4), 4.0, 10.0, true}) == outcome::replaced);
  CHECK(b.add({at(4), 10.0, 10.0, true}) == outcome::replaced);
  auto moved = b.get();
  CHECK(b.add({at(4), 10.0, 11.0, true}) == outcome::replaced);
  CHECK(b.add({at(4), 10.0, 11.0, true}) == outcome::duplicate);
  CHECK(b.get()->value.back() == 10);
  CHECK(b.get()->target.back() == 11);
  CHECK(b.get()->idle.back() == 1);
  CHECK(kept(b) == list{2, 3, 4});
  // What was given out stays as it was.
  CHECK(before->value.back() == 4);
  CHECK(before->idle.back() == 0);
  CHECK(moved->value.back() == 10);
  CHECK(moved->target.back() == 10);
}

TEST_CASE("one stamp in the future: the log goes on with the next sample, and the wrong one is taken out") {
  log_buffer b("x", limits(100));
  for (std::int64_t t : {0, 1, 2, 3600})
    CHECK(b.add(sample(t * second, double(t))) == outcome::added);
  auto before = b.get();
  CHECK(before->value.back() == 3600);
  CHECK(b.add(sample(3 * second, 3)) == outcome::went_back);
  CHECK(b.taken_back() == 1);
  CHECK(b.add(sample(4 * second, 4)) == outcome::added);
  CHECK(kept(b) == list{0, 1, 2, 3, 4});
  CHECK(before->value.back() == 3600);
  CHECK(before->time.size() == 4);
  // Also where it is the first, or comes again and again.
  b.clear();
  CHECK(b.add(sample(3600 * second, 0)) == outcome::added);
  CHECK(b.add(sample(1 * second, 1)) == outcome::went_back);
  CHECK(b.add(sample(7200 * second, 0)) == outcome::added);
  CHECK(b.add(sample(1 * second, 1)) == outcome::went_back);
  CHECK(b.add(sample(1 * second, 1)) == outcome::duplicate);
  CHECK(kept(b) == list{1});
}

TEST_CASE("a stamp that is far in the future does not make the samples before it too old for good") {
  log_buffer b("x", limits(100, 10));
  for (std::int64_t t : {0, 1, 2, 1'000'000})
    b.add(sample(t * second, double(t)));
  CHECK(kept(b) == list{2, 1'000'000});
  CHECK(b.add(sample(3 * second, 3)) == outcome::went_back);
  CHECK(kept(b) == list{0, 1, 2, 3});
}

TEST_CASE(
  "a clock that is set back silences a log for three samples at most; samples that come late do not set it back") {
  log_buffer b("x", limits(100));
  for (std::int64_t t : {0, 1, 3600, 3601, 3602})
    CHECK(b.add(sample(t * second, double(t))) == outcome::added);
  // Late, out of order among themselves, or few.
  for (std::int64_t t : {3601, 50, 49, 48, 49, 48})
    CHECK(b.add(sample(t * second, 0)) == outcome::out_of_order);
  CHECK(b.add(sample(10 * second, 0)) == outcome::out_of_order);
  CHECK(b.add(sample(11 * second, 0)) == outcome::out_of_order);
  CHECK(b.add(sample(12 * second, 0)) == outcome::went_back);
  CHECK(b.taken_back() == 3);
  CHECK(kept(b) == list{0, 1, 12});
  CHECK(b.add(sample(13 * second, 0)) == outcome::added);
}

} // namespace log_buffer_test
