#include "actors/coordinator/counting_pool.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace livedata {

namespace {

// Items that could be counted in one pass.
struct alike {
  std::shared_ptr<const counting_method> method;
  std::size_t turn;
  std::vector<std::size_t> items;
};

// The events, if they are all that the task brings for counting.
const event_batch* only_events(const job_task& task) {
  if (task.data.primary.size() != 1) return nullptr;
  const auto* events = std::get_if<events_ptr>(&task.data.primary.front().value);
  return events == nullptr || *events == nullptr || (*events)->events == 0 ? nullptr : events->get();
}

bool rests_on(const counting_offer* offer, const common_counts& counts) {
  return offer != nullptr && offer->follows != 0 && offer->follows == counts.version();
}

// In the order of their first items.
std::vector<alike> find_alike(const std::vector<job_table::work_item>& items,
                              const counting_pool::offer_lookup& offers) {
  std::vector<alike> sets;
  std::map<std::tuple<const event_batch*, std::string_view, std::size_t>, std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* events = only_events(items[i].task);
    const auto* offer = events == nullptr ? nullptr : offers(items[i].job);
    if (offer == nullptr) continue;
    auto [place, is_new] = places.try_emplace({events, offer->method->key(), offer->turn}, sets.size());
    if (is_new) sets.push_back({offer->method, offer->turn, {}});
    sets[place->second].items.push_back(i);
  }
  return sets;
}

} // namespace

counting_pool::plan counting_pool::prepare(const std::vector<job_table::work_item>& items, const offer_lookup& offers) {
  drop_deserted(offers);
  plan out;
  std::set<job_id> counted;
  std::set<std::uint64_t> busy;
  auto add_pass = [&](std::uint64_t number, std::size_t turn, std::vector<std::size_t> places) {
    auto& g = groups_.at(number);
    for (auto i : places) {
      counted.insert(items[i].job);
      g.members.insert(items[i].job);
    }
    busy.insert(number);
    out.passes.push_back({number, nullptr, turn, ++last_version_, std::move(places)});
  };
  for (const auto& set : find_alike(items, offers)) {
    if (broken_.contains(set.method->key())) continue;
    // Who rests on nothing goes with the first that there is.
    std::map<std::uint64_t, std::vector<std::size_t>> by_group;
    std::vector<std::size_t> free;
    for (auto i : set.items) {
      auto number = group_of_version(offers(items[i].job)->follows);
      (number == 0 ? free : by_group[number]).push_back(i);
    }
    // Counts go on with one batch at a time; who gets other events leaves them.
    std::erase_if(by_group, [&](const auto& entry) { return busy.contains(entry.first); });
    if (by_group.empty()) {
      if (free.size() < 2) continue;
      groups_[++last_group_] = {set.method->key(), set.method->make(), {}};
      add_pass(last_group_, set.turn, std::move(free));
      continue;
    }
    auto& first = by_group.begin()->second;
    first.insert(first.end(), free.begin(), free.end());
    std::sort(first.begin(), first.end());
    for (auto& [number, places] : by_group)
      add_pass(number, set.turn, std::move(places));
  }

  std::map<job_id, std::size_t> place_of;
  for (std::size_t i = 0; i < items.size(); ++i)
    place_of.emplace(items[i].job, i);
  for (auto& [number, g] : groups_)
    for (auto member = g.members.begin(); member != g.members.end();) {
      const auto follows = rests_on(offers(*member), *g.counts);
      const auto place = place_of.find(*member);
      const auto has_data = place != place_of.end() && !items[place->second].task.data.primary.empty();
      const auto goes_on = busy.contains(number) || has_data;
      if (follows && !counted.contains(*member) && goes_on) {
        out.leave.push_back({*member, g.counts});
        member = g.members.erase(member);
        continue;
      }
      if (follows && !goes_on && place != place_of.end()) out.lend.emplace_back(place->second, g.counts);
      ++member;
    }
  for (auto& p : out.passes)
    p.counts = std::exchange(groups_.at(p.group).counts, nullptr);
  return out;
}

void counting_pool::passed(std::uint64_t number, std::shared_ptr<common_counts> counts) {
  groups_.at(number).counts = std::move(counts);
}

void counting_pool::lost(std::uint64_t number) {
  auto gone = groups_.extract(number);
  if (!gone.empty()) broken_.insert(std::move(gone.mapped().key));
}

void counting_pool::drop_deserted(const offer_lookup& offers) {
  std::erase_if(groups_, [&](const auto& entry) {
    const auto& g = entry.second;
    return std::ranges::none_of(g.members, [&](const job_id& id) { return rests_on(offers(id), *g.counts); });
  });
}

std::uint64_t counting_pool::group_of_version(std::uint64_t version) const {
  for (const auto& [number, g] : groups_)
    if (version != 0 && g.counts->version() == version) return number;
  return 0;
}

} // namespace livedata
