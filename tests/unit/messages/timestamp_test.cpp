#include "messages/timestamp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <type_traits>

namespace timestamp_test {

using namespace livedata;

namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

__extension__ using wide = __int128;

template <class A, class B>
concept addable = requires(A a, B b) {
  a + b;
};

} // namespace

TEST_CASE("points in time and spans of time do not get mixed up") {
  static_assert(!addable<timestamp, timestamp>);
  static_assert(!addable<duration, timestamp>);
  static_assert(!addable<timestamp, std::int64_t>);
  static_assert(!std::is_convertible_v<duration, timestamp>);
  static_assert(std::is_same_v<decltype(timestamp{} - timestamp{}), duration>);
  CHECK(timestamp{50} + duration{7} == timestamp{57});
  CHECK(timestamp{50} - duration{70} == timestamp{-20});
  CHECK(timestamp{50} - timestamp{70} == duration{-20});
  CHECK(timestamp{-1} < timestamp{0});
}

TEST_CASE("spans of time add and multiply") {
  CHECK(duration{5} + duration{7} == duration{12});
  CHECK(duration{5} - duration{7} == -duration{2});
  CHECK(3 * duration{5} == duration{5} * 3);
  CHECK(14 * pulse_period < duration::from_seconds(1));
  CHECK(duration::from_seconds(1) - 14 * pulse_period < duration{14});
}

TEST_CASE("what is beyond 64 bits becomes the lowest or highest time or span that there is") {
  for (auto a : {lowest, lowest + 1, std::int64_t{-2}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1},
                 std::int64_t{3}, highest - 1, highest})
    for (auto b : {lowest, lowest + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, highest}) {
      CAPTURE(a);
      CAPTURE(b);
      auto clamped = [](wide exact) {
        return static_cast<std::int64_t>(std::clamp(exact, wide{lowest}, wide{highest}));
      };
      auto sum = clamped(wide{a} + b);
      auto difference = clamped(wide{a} - b);
      CHECK(timestamp{a} + duration{b} == timestamp{sum});
      CHECK(timestamp{a} - duration{b} == timestamp{difference});
      CHECK(timestamp{a} - timestamp{b} == duration{difference});
      CHECK(duration{a} + duration{b} == duration{sum});
      CHECK(duration{a} - duration{b} == duration{difference});
      CHECK(duration{a} * b == duration{clamped(wide{a} * b)});
      CHECK(-duration{a} == duration{clamped(-wide{a})});
    }
  CHECK(floor_to(timestamp{lowest + 1}, duration{10}) == timestamp{lowest});
}

TEST_CASE("seconds that are too many give the longest span, and what is no number gives none") {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  for (auto s : {1e10, 1e300, infinity}) {
    CHECK(duration::from_seconds(s) == duration{highest});
    CHECK(duration::from_seconds(-s) == duration{lowest});
  }
  CHECK(duration::from_seconds(9e9) == duration{9'000'000'000'000'000'000});
  CHECK(duration::from_seconds(std::numeric_limits<double>::quiet_NaN()) == duration{0});
}

TEST_CASE("seconds are truncated toward zero to whole nanoseconds") {
  CHECK(duration::from_seconds(1.0 / 14.0) == pulse_period);
  CHECK(duration::from_seconds(-1.9e-9) == duration{-1});
  CHECK(duration::from_seconds(2.5).seconds() == 2.5);
}

TEST_CASE("floor_to gives the multiple of the period that is not after the time") {
  CHECK(floor_to(timestamp{0}, duration{10}) == timestamp{0});
  CHECK(floor_to(timestamp{9}, duration{10}) == timestamp{0});
  CHECK(floor_to(timestamp{10}, duration{10}) == timestamp{10});
  CHECK(floor_to(timestamp{-1}, duration{10}) == timestamp{-10});
  CHECK(floor_to(timestamp{-10}, duration{10}) == timestamp{-10});
  CHECK(floor_to(timestamp{-11}, duration{10}) == timestamp{-20});
  CHECK(floor_to(timestamp{highest}, duration{highest}) == timestamp{highest});
  CHECK(floor_to(timestamp{-1}, duration{highest}) == timestamp{-highest});

  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const timestamp t{static_cast<std::int64_t>(random()) / 2};
    const duration period{1 + static_cast<std::int64_t>(random() >> (2 + random() % 60))};
    const auto floor = floor_to(t, period);
    REQUIRE(floor.ns % period.ns == 0);
    REQUIRE(floor <= t);
    REQUIRE(t - floor < period);
  }
}

TEST_CASE("a timestamp reads as date and time with nanoseconds, in UTC") {
  CHECK(to_string(timestamp{0}) == "1970-01-01T00:00:00.000000000Z");
  CHECK(to_string(timestamp{1'767'225'600'000'000'000}) == "2026-01-01T00:00:00.000000000Z");
  CHECK(to_string(timestamp{1'709'210'096'000'000'789}) == "2024-02-29T12:34:56.000000789Z");
  CHECK(to_string(timestamp{-1}) == "1969-12-31T23:59:59.999999999Z");
  CHECK(to_string(timestamp{lowest}) == "1677-09-21T00:12:43.145224192Z");
  CHECK(to_string(timestamp{highest}) == "2262-04-11T23:47:16.854775807Z");
}

TEST_CASE("a span of time reads as seconds") {
  CHECK(to_string(duration{1'000'000'000}) == "1.000000000 s");
  CHECK(to_string(duration{-500'000'001}) == "-0.500000001 s");
  CHECK(to_string(duration{0}) == "0.000000000 s");
  CHECK(to_string(duration{lowest}) == "-9223372036.854775808 s");
}

} // namespace timestamp_test
