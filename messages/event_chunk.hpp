// A chunk is the events of one ev44 message: views into the message, and a share in its memory.
#pragma once

#include "messages/packed_span.hpp"
#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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

inline std::size_t events_in(std::span<const event_chunk> chunks) noexcept {
  std::size_t events = 0;
  for (const auto& c : chunks)
    events += c.size();
  return events;
}

// The events that one batch brings for one stream, in order of arrival.
struct event_batch {
  std::vector<event_chunk> chunks;
  std::size_t events = 0;

  void add(event_chunk c) {
    events += c.size();
    chunks.push_back(std::move(c));
  }
};

// Cuts the events, in their order, into as many shares as `parts`, whose sizes differ by one event at most. Appends
// each to its place in `shares`.
inline void cut_evenly(std::span<const event_chunk> chunks, std::size_t parts,
                       std::vector<std::vector<event_chunk>>& shares) {
  shares.resize(parts);
  const auto all = events_in(chunks);
  std::size_t share = 0;
  std::size_t done = 0;
  for (const auto& c : chunks)
    for (std::size_t first = 0; first < c.size();) {
      while (done >= all * (share + 1) / parts)
        ++share;
      auto count = std::min(c.size() - first, all * (share + 1) / parts - done);
      shares[share].push_back(c.part(first, count));
      first += count;
      done += count;
    }
}

} // namespace livedata
