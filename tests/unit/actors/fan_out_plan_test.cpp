#include "actors/coordinator/fan_out_plan.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

using namespace livedata;
using namespace livedata::test;

namespace {

std::vector<job_table::work_item> items_with(std::initializer_list<std::size_t> events) {
  std::vector<job_table::work_item> items;
  for (auto n : events) {
    job_table::work_item item;
    item.job = {"bank", uuid_from_name(std::to_string(items.size()))};
    item.task.data = make_batch("bank", {make_chunk(std::vector<event>(n, event{1, 1}))});
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<std::size_t> workers_of(const std::vector<job_table::work_item>& items) {
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
  std::vector<job_table::work_item> none;
  CHECK(plan_fan_out(none, {2, 1}).empty());
}
