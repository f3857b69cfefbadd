#include "actors/batching/pulse_counts.hpp"

#include "actors/batching/batch_constants.hpp"

#include <algorithm>

namespace livedata {

namespace {

// A partition that has not spoken in the open window, or only of what was before.
constexpr std::int64_t before_window = -1;

} // namespace

void pulse_counts::note(timestamp time) {
  auto known = std::find_if(recent_.rbegin(), recent_.rend(), [&](const pulse& p) { return p.time == time; });
  if (known != recent_.rend()) {
    ++known->messages;
    return;
  }
  recent_.push_back({time, 1});
  if (recent_.size() > batching::counted_pulses) recent_.pop_front();
}

void pulse_counts::arrived(std::int64_t slot, std::uint32_t partition) {
  auto& newest = partitions_.try_emplace(partition, before_window).first->second;
  if (slot < 0) return;
  ++seen_[slot];
  newest = std::max(newest, slot);
  newest_ = std::max(newest_, slot);
}

std::uint32_t pulse_counts::usual() const {
  std::uint32_t most = 1;
  for (const auto& p : recent_)
    most = std::max(most, p.messages);
  return most;
}

bool pulse_counts::complete(std::int64_t slots) const {
  if (newest_ < slots - 1) return false;
  // A later pulse has come: this one had its time.
  if (newest_ >= slots) return true;
  const auto slowest = std::min_element(partitions_.begin(), partitions_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto all_passed = slowest == partitions_.end() ? before_window : slowest->second;
  auto needed = usual();
  for (auto slot = std::max<std::int64_t>(all_passed, 0); slot < slots; ++slot) {
    auto found = seen_.find(slot);
    if (found == seen_.end() || found->second < needed) return false;
  }
  return true;
}

void pulse_counts::state(archive& a, const held_messages& held) {
  std::vector<timestamp> times;
  std::vector<std::uint32_t> messages;
  for (const auto& p : recent_) {
    times.push_back(p.time);
    messages.push_back(p.messages);
  }
  a.field("pulses", times);
  a.field("messages", messages);
  if (times.size() != messages.size() || times.size() > batching::counted_pulses)
    a.refuse("pulses", "have not one number each");
  fields::map(a, "slots", seen_);
  fields::map(a, "partitions", partitions_);
  a.field("newest", newest_);
  if (!a.loading()) return;
  recent_.clear();
  for (std::size_t i = 0; i < times.size(); ++i)
    recent_.push_back({times[i], messages[i]});
  std::map<std::uint32_t, std::int64_t> present;
  for (const auto& [saved, slot] : partitions_)
    if (saved == message_position::nowhere)
      present.emplace(saved, slot);
    else if (const auto lane = held.lane(saved))
      present.emplace(*lane, slot);
  partitions_ = std::move(present);
}

void pulse_counts::begin_window() {
  std::erase_if(partitions_, [](const auto& p) { return p.second == before_window; });
  for (auto& [partition, newest] : partitions_)
    newest = before_window;
  seen_.clear();
  newest_ = -1;
}

} // namespace livedata
