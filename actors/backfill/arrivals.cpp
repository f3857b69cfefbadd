#include "actors/backfill/arrivals.hpp"

#include <algorithm>

namespace livedata {

void arrivals::go_on_behind(const backfill_cut& cut) {
  for (const auto& [lane, offset] : cut.until)
    until_[lane] = offset;
  held_ = cut.held;
}

void arrivals::came(std::span<const stream_message> messages) {
  for (const auto& m : messages) {
    if (!m.position.known()) continue;
    auto& until = until_.try_emplace(m.position.lane, 0).first->second;
    until = std::max(until, m.position.offset + 1);
    held_.emplace(m.position, m.stream.name);
  }
}

void arrivals::left(const message_batch& batch) {
  for (const auto& m : batch.messages)
    if (m.position.known()) held_.erase({m.position, m.stream.name});
}

} // namespace livedata
