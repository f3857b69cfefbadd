// The position of a message in its transport.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>

namespace livedata {

// A lane is a part of a transport in which messages come in the order of their offsets: a partition of Kafka, or a
// recording.
struct message_position {
  static constexpr std::uint32_t nowhere = 0xFFFF'FFFF;

  std::uint32_t lane = nowhere;
  std::int64_t offset = 0;

  bool known() const noexcept { return lane != nowhere; }

  friend auto operator<=>(const message_position&, const message_position&) = default;
};

// A place in each lane: the offset of the first message after it.
using lane_offsets = std::map<std::uint32_t, std::int64_t>;

// Moves each lane of `place` that is before its place in `later`, or that is not there, to that.
inline void advance(lane_offsets& place, const lane_offsets& later) {
  for (const auto& [lane, offset] : later) {
    auto& at = place.try_emplace(lane, offset).first->second;
    at = std::max(at, offset);
  }
}

} // namespace livedata
