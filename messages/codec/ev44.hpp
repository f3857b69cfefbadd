// ev44: event messages of detectors and monitors. Layout: schemas/ev44.fbs.
#pragma once

#include "messages/event_chunk.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::ev44 {

inline constexpr std::string_view schema = "ev44";

// The fields of a verified message; every view points into the payload.
struct message {
  std::string_view source_name;
  std::int64_t message_id = 0;
  packed_span<std::int64_t> reference_time;
  packed_span<std::int32_t> reference_time_index;
  packed_span<std::int32_t> time_of_flight;
  // Whether the message has the vector. It may be there and empty.
  bool has_time_of_flight = false;
  packed_span<std::int32_t> pixel_id;
};

// Checks the whole buffer once and gives views of it; nothing is copied. The views live as long as `bytes`.
// Reasons of failure: "too_short", "wrong_schema", "invalid_buffer".
result<message> read(std::span<const std::byte> bytes);

// What the events are read for. A detector needs pixel ids and exactly one pulse per message, a monitor with pixels
// needs the ids, a plain monitor needs neither.
enum class flavour : std::uint8_t { detector, plain_monitor, pixel_monitor };

// The events of a verified message, with a share in `owner`.
// `received` is the time of the message's envelope, used if the message has no reference time.
// Reasons of failure: "missing_field", "several_pulses", "no_pulse", "length_mismatch".
result<event_chunk> events(const message& m, flavour f, payload_ptr owner, timestamp received);

// Builds a message. `pixel_id` may be empty. Throws std::invalid_argument if the content is too long for a message.
std::vector<std::byte> write(std::string_view source_name, std::int64_t message_id,
                             std::span<const std::int64_t> reference_time,
                             std::span<const std::int32_t> reference_time_index,
                             std::span<const std::int32_t> time_of_flight, std::span<const std::int32_t> pixel_id);

// Sets the (first) reference time of a message in place. The buffer must hold a verified message; throws
// std::invalid_argument if that has no reference time.
void restamp(std::span<std::byte> bytes, timestamp reference_time);

} // namespace livedata::ev44
