#include "transport/kafka/time_search.hpp"

#include <doctest/doctest.h>

#include <random>

namespace time_search_test {

using namespace livedata;

namespace {

constexpr std::int64_t second = 1'000'000'000;

// A partition: the time of the data of each message; nothing for messages of others.
struct partition {
  std::vector<std::optional<timestamp>> messages;
  duration distance;
  std::int64_t low = 0;
  int looks = 0;

  std::vector<dated_message> look(std::int64_t offset) {
    ++looks;
    std::vector<dated_message> out;
    for (auto i = static_cast<std::size_t>(offset - low); i < messages.size() && out.size() < time_search::wanted; ++i)
      if (messages[i]) out.push_back({*messages[i], *messages[i] + distance});
    return out;
  }

  std::int64_t high() const { return low + static_cast<std::int64_t>(messages.size()); }

  std::optional<time_search::place> find(timestamp from, std::int64_t guess) {
    return time_search([this](std::int64_t o) { return look(o); }, low, high()).find(from, guess);
  }
};

// 14 messages a second, out of order by up to a second.
partition pulses(std::size_t n, duration distance) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::int64_t> jitter(-second / 2, second / 2);
  partition p;
  p.distance = distance;
  for (std::size_t i = 0; i < n; ++i)
    p.messages.emplace_back(timestamp{static_cast<std::int64_t>(i) * second / 14 + jitter(random)});
  return p;
}

} // namespace

TEST_CASE("the place of a time is found whatever the clocks are apart and wherever the search begins") {
  for (auto distance : {-3600 * second, -20 * second, std::int64_t{0}, 60 * second, 1'000'000 * second})
    for (std::int64_t guess : {0, 100, 70'000, 140'000, 900'000})
      for (std::int64_t t : {-5, 0, 3, 4321, 9'999, 20'000}) {
        auto p = pulses(140'000, {distance});
        auto found = p.find({t * second}, guess);
        REQUIRE(found);
        // Nothing of the time is missed, and not much is read in vain.
        for (std::int64_t i = 0; i < found->offset; ++i)
          REQUIRE(p.messages[static_cast<std::size_t>(i)]->ns < t * second);
        auto first = std::min<std::int64_t>(p.high(), std::max<std::int64_t>(0, t * 14));
        CHECK(found->offset >= first - 14 * 5 - time_search::close_enough);
        CHECK(p.looks < 60);
        CHECK(found->distance == duration{distance});
        CHECK(found->at_the_end_of_all == (t < 0));
      }
}

TEST_CASE("wrong times and messages of others do not lead the search astray") {
  auto p = pulses(20'000, {0});
  for (std::size_t i = 0; i < p.messages.size(); ++i)
    if (i % 3 == 0)
      p.messages[i].reset();
    else if (i % 5 == 0)
      p.messages[i] = timestamp{i % 2 == 0 ? 0 : 1'000'000'000 * second};
  for (std::int64_t guess : {0, 5'000, 20'000}) {
    auto found = p.find({500 * second}, guess);
    REQUIRE(found);
    CHECK(found->offset <= 7'000);
    CHECK(found->offset > 6'500);
  }
}

TEST_CASE("a partition with few messages is read from its beginning") {
  for (std::int64_t guess : {0, 5, 10}) {
    auto p = pulses(10, {20 * second});
    auto found = p.find({second / 2}, guess);
    REQUIRE(found);
    CHECK(found->offset == 0);
    CHECK(found->distance == duration{20 * second});
  }
}

TEST_CASE("what was deleted is missed only where it may have had data of the time") {
  auto p = pulses(1'000, {0});
  p.low = 500;
  CHECK_FALSE(p.find({10 * second}, 600)->at_the_end_of_all);
  CHECK_FALSE(p.find({2 * second}, 600)->at_the_end_of_all);
  CHECK(p.find({-20 * second}, 600)->at_the_end_of_all);
  // No data at all: nobody can tell.
  partition others;
  others.messages.resize(100);
  CHECK_FALSE(others.find({0}, 50));
  CHECK_FALSE(partition{}.find({0}, 0));
}

TEST_CASE(
  "a partition without any of the data costs a few looks, one with data between them is searched all the same") {
  partition others;
  others.messages.resize(1'000'000);
  CHECK_FALSE(others.find({0}, 1'000'000));
  CHECK(others.looks < 15);
  partition none;
  CHECK_FALSE(none.find({0}, 0));
  CHECK(none.looks == 0);
  auto first = pulses(300, {0});
  first.messages.resize(100'000);
  auto found = first.find({15 * second}, 100'000);
  REQUIRE(found);
  CHECK(found->offset <= 15 * 14);
}

} // namespace time_search_test
