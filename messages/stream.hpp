// What a message is about: a stream is a kind and a name, and every raw message belongs to one stream.
#pragma once

#include "messages/event_chunk.hpp"
#include "messages/timestamp.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace livedata {

enum class stream_kind : std::uint8_t {
  unknown,
  monitor_counts,
  monitor_events,
  detector_events,
  area_detector,
  log,
  device,
  roi,
};

std::string_view to_string(stream_kind k);

struct stream_id {
  stream_kind kind = stream_kind::unknown;
  std::string name;

  friend auto operator<=>(const stream_id&, const stream_id&) = default;
};

// One decoded message of a stream. More kinds of content join the variant with the schemas that bring them.
struct stream_message {
  stream_id stream;
  timestamp time;
  std::variant<event_chunk> content;
};

} // namespace livedata
