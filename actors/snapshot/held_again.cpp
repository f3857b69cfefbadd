#include "actors/snapshot/held_again.hpp"

#include <algorithm>
#include <utility>

namespace livedata {

held_again::held_again(const resumed_service& from)
  : again_(from.from->held.size()), lanes_(from.lanes), unneeded_(from.unneeded.size()) {
  const auto comes = [&](std::size_t i) {
    return std::ranges::find(from.lost, i) == from.lost.end() &&
           std::ranges::find(from.unneeded, i) == from.unneeded.end();
  };
  for (std::size_t i = 0; i < again_.size(); ++i) {
    const auto& m = from.from->held[i];
    const auto lane = lanes_.find(m.position.lane);
    const auto position = lane == lanes_.end() ? message_position{} : message_position{lane->second, m.position.offset};
    if (m.sample) {
      again_[i] = stream_message{m.stream, m.time, *m.sample, position};
      by_value_.add(*again_[i]);
    } else if (position.known() && comes(i)) {
      open_.emplace(message_key{position, m.stream.name}, i);
    }
  }
}

void held_again::take(std::vector<stream_message>& messages, const lane_offsets* reached) {
  if (open_.empty()) return;
  std::erase_if(messages, [this](stream_message& m) {
    const auto found = m.position.known() ? open_.find({m.position, m.stream.name}) : open_.end();
    if (found == open_.end()) return false;
    again_[found->second] = std::move(m);
    open_.erase(found);
    return true;
  });
  if (reached == nullptr) return;
  std::erase_if(open_, [&](const auto& o) {
    const auto& position = o.first.first;
    const auto lane = reached->find(position.lane);
    return lane != reached->end() && position.offset < lane->second;
  });
}

void held_again::give_up() {
  open_.clear();
}

std::size_t held_again::missing() const {
  return static_cast<std::size_t>(std::ranges::count_if(again_, [](const auto& m) { return !m.has_value(); })) -
         unneeded_;
}

message_count held_again::there() const {
  message_count n;
  for (const auto& m : again_)
    if (m) n.add(*m);
  return n;
}

std::vector<stream_message> held_again::give_all() {
  std::vector<stream_message> out;
  for (auto& m : again_)
    if (m) out.push_back(std::move(*m));
  again_.clear();
  return out;
}

} // namespace livedata
