// Where a message stands in its transport.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

namespace livedata {

// A lane is a part of a transport in which messages come in the order of their offsets: a partition of Kafka, a whole
// recording.
struct message_position {
  static constexpr std::uint32_t nowhere = 0xFFFF'FFFF;

  std::uint32_t lane = nowhere;
  std::int64_t offset = 0;

  bool known() const noexcept { return lane != nowhere; }

  friend auto operator<=>(const message_position&, const message_position&) = default;
};

// By lane: the offset of the first message that is not among those meant.
using lane_offsets = std::map<std::uint32_t, std::int64_t>;

} // namespace livedata
