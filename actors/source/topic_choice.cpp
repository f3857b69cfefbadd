#include "actors/source/topic_choice.hpp"

#include <algorithm>
#include <iterator>

namespace livedata {

topic_choice::topic_choice(const route_table& routes, std::vector<std::set<std::string>> needed,
                           std::chrono::nanoseconds patience)
  : routes_(routes), patience_(patience), needed_(std::move(needed)) {
  all_read();
}

void topic_choice::need(std::uint32_t coordinator, std::set<std::string> streams, time_point now) {
  needed_.at(coordinator) = std::move(streams);
  const auto topics = wanted();
  for (auto& [topic, since] : read_)
    if (std::ranges::binary_search(topics, topic))
      since.reset();
    else if (!since)
      since = now;
}

std::vector<std::string> topic_choice::missing() const {
  std::vector<std::string> out;
  std::ranges::copy_if(wanted(), std::back_inserter(out), [this](const auto& topic) { return !read_.contains(topic); });
  return out;
}

void topic_choice::all_read() {
  for (auto& topic : wanted())
    read_.try_emplace(std::move(topic));
}

std::vector<std::string> topic_choice::take_unneeded(time_point now) {
  std::vector<std::string> out;
  std::erase_if(read_, [&](const auto& entry) {
    const auto over = entry.second && now - *entry.second >= patience_;
    if (over) out.push_back(entry.first);
    return over;
  });
  return out;
}

bool topic_choice::reads_pulses() const {
  return std::ranges::any_of(read_, [this](const auto& entry) {
    const auto* t = routes_.find(entry.first);
    return t != nullptr && comes_with_pulses(t->kind);
  });
}

} // namespace livedata
