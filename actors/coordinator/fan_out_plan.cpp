#include "actors/coordinator/fan_out_plan.hpp"

#include <algorithm>
#include <numeric>
#include <variant>

namespace livedata {

std::uint64_t events_of(const job_task& task) {
  std::uint64_t n = 0;
  for (const auto& s : task.data.primary)
    if (const auto* events = std::get_if<events_ptr>(&s.value)) n += (*events)->events;
  return n;
}

std::size_t workers_for(std::uint64_t events, std::uint64_t all, const fan_out_limits& limits) noexcept {
  return limits.divide_from > 0 && events >= limits.divide_from && events * limits.workers > all ? limits.workers : 1;
}

std::vector<std::size_t> plan_fan_out(std::vector<job_table::work_item>& items, const fan_out_limits& limits) {
  std::vector<std::uint64_t> events;
  events.reserve(items.size());
  for (const auto& item : items)
    events.push_back(events_of(item.task));
  const auto all = std::accumulate(events.begin(), events.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < items.size(); ++i)
    items[i].task.workers = workers_for(events[i], all, limits);
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return events[a] > events[b]; });
  return order;
}

} // namespace livedata
