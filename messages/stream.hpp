// Streams and their decoded messages. A stream is a kind and a name; every decoded message belongs to one stream.
#pragma once

#include "messages/data_array.hpp"
#include "messages/event_chunk.hpp"
#include "messages/log_sample.hpp"
#include "messages/message_position.hpp"
#include "messages/timestamp.hpp"

#include <compare>
#include <cstdint>
#include <memory>
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

// Events of a pulse (ev44), a sample of a log or device (f144), or an array: a histogram of a monitor or a request for
// regions of interest (da00), a frame of an area detector (ad00).
using stream_content = std::variant<event_chunk, log_sample, array_ptr>;

// One decoded message of a stream.
struct stream_message {
  stream_id stream;
  timestamp time;
  stream_content content;
  // The position of the raw message, or of the last one if several made this message.
  message_position position = {};

  // 0 unless the content is events.
  std::size_t events() const noexcept {
    const auto* chunk = std::get_if<event_chunk>(&content);
    return chunk == nullptr ? 0 : chunk->size();
  }
};

} // namespace livedata
