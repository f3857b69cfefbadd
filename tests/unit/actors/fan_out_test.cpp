#include "actors/service/batch_cycle.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

namespace fan_out_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using work_items = std::vector<job_table::work_item>;

work_items items_with(std::initializer_list<std::size_t> events) {
  work_items items;
  for (auto n : events) {
    auto batch = std::make_shared<event_batch>();
    batch->add(make_chunk(std::vector<event>(n)));
    items.push_back({{"bank0", {}}, {{{}, {}, {{"bank0", events_ptr(std::move(batch))}}, {}}}});
  }
  return items;
}

std::vector<std::size_t> workers_of(const work_items& items) {
  std::vector<std::size_t> out;
  for (const auto& i : items)
    out.push_back(i.task.workers);
  return out;
}

} // namespace

TEST_CASE("jobs with the most events begin first, equals in the order of the table") {
  auto items = items_with({3, 9, 0, 9, 5});
  CHECK(plan_fan_out(items, {2, 0}) == std::vector<std::size_t>{1, 3, 4, 0, 2});
  CHECK(workers_of(items) == std::vector<std::size_t>{1, 1, 1, 1, 1});
}

TEST_CASE("a job that alone would keep one worker busy longer than the others is shared by all") {
  auto items = items_with({30, 10, 15});
  plan_fan_out(items, {2, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{2, 1, 1});
  items = items_with({30, 15, 15});
  plan_fan_out(items, {2, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{1, 1, 1});
  plan_fan_out(items, {4, 1});
  CHECK(workers_of(items) == std::vector<std::size_t>{4, 1, 1});
}

TEST_CASE("jobs with too few events are not shared, nor any job by one worker or if that is not wanted") {
  for (fan_out_limits limits : {fan_out_limits{2, 31}, fan_out_limits{1, 1}, fan_out_limits{2, 0}}) {
    auto items = items_with({30, 1});
    plan_fan_out(items, limits);
    CHECK(workers_of(items) == std::vector<std::size_t>{1, 1});
  }
  work_items none;
  CHECK(plan_fan_out(none, {2, 1}).empty());
}

} // namespace fan_out_test
