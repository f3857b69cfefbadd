#include "actors/service/fan_out_plan.hpp"

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

std::vector<std::size_t> plan_fan_out(std::vector<fan_out_unit>& units, const fan_out_limits& limits) {
  std::uint64_t all = 0;
  for (const auto& u : units)
    all += u.events;
  for (auto& u : units)
    u.workers = workers_for(u.events, all, limits);
  std::vector<std::size_t> order(units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return units[a].events > units[b].events; });
  return order;
}

} // namespace livedata
