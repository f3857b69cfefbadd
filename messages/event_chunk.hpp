// The events of one ev44 message: views into the message itself, and a share in it.
#pragma once

#include "messages/packed_span.hpp"
#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <cstdint>
#include <vector>

namespace livedata {

struct event_chunk {
  // Time of the (last) pulse; arrival times count from it.
  timestamp pulse_time;
  // Time of arrival since the pulse, ns, one per event.
  packed_span<std::int32_t> time_of_arrival;
  // Detector number, one per event; empty where the stream has none (plain monitors).
  packed_span<std::int32_t> pixel_id;
  // Keeps the memory of the two views.
  payload_ptr owner;

  std::size_t size() const noexcept { return time_of_arrival.size(); }

  // The events [first, first + count) alone.
  event_chunk part(std::size_t first, std::size_t count) const {
    return {pulse_time, time_of_arrival.part(first, count), pixel_id.empty() ? pixel_id : pixel_id.part(first, count),
            owner};
  }
};

// The events that one batch brings for one stream, in order of arrival.
struct event_batch {
  std::vector<event_chunk> chunks;
  std::size_t events = 0;

  void add(event_chunk c) {
    events += c.size();
    chunks.push_back(std::move(c));
  }
};

} // namespace livedata
