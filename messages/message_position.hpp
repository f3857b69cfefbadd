// The position of a message in its transport.
#pragma once

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

} // namespace livedata
