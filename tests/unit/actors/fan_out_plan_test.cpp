#include "actors/service/fan_out_plan.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

using namespace livedata;
using namespace livedata::test;

namespace {

std::vector<fan_out_unit> units_with(std::initializer_list<std::uint64_t> events) {
  std::vector<fan_out_unit> units;
  for (auto n : events)
    units.push_back({n});
  return units;
}

std::vector<std::size_t> workers_of(const std::vector<fan_out_unit>& items) {
  std::vector<std::size_t> out;
  for (const auto& i : items)
    out.push_back(i.workers);
  return out;
}

} // namespace

TEST_CASE("jobs with the most events begin first, equals in the order of the table") {
  auto items = units_with({3, 9, 0, 9, 5});
  CHECK(plan_fan_out(items, {2, 0}) == std::vector<std::size_t>{1, 3, 4, 0, 2});
  CHECK(workers_of(items) == std::vector<std::size_t>{1, 1, 1, 1, 1});
}

TEST_CASE("a job that alone would keep one worker busy longer than the others is shared by all") {
  auto items = units_with({30, 10, 15});
  plan_fan_out(items, {2, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{2, 1, 1});
  items = units_with({30, 15, 15});
  plan_fan_out(items, {2, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{1, 1, 1});
  plan_fan_out(items, {4, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{4, 1, 1});
}

TEST_CASE("jobs with too few events are not shared, nor any job by one worker or if that is not wanted") {
  for (fan_out_limits limits : {fan_out_limits{2, 31}, fan_out_limits{1, 1}, fan_out_limits{2, 0}}) {
    auto items = units_with({30, 1});
    plan_fan_out(items, limits);
    CHECK(workers_of(items) == std::vector<std::size_t>{1, 1});
  }
  std::vector<fan_out_unit> none;
  CHECK(plan_fan_out(none, {2, 1}).empty());
}
