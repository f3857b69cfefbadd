// Reads the past for one or several jobs, portion by portion as it is asked. Runs on a thread of its own.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/held_bytes.hpp"
#include "actors/source/adapter.hpp"
#include "transport/past_reader.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace livedata {

// What backfill of a service may use.
struct backfill_limits {
  // Bytes of data that it holds.
  std::size_t memory = 256'000'000;
  // Readers of the past at a time; at least 1.
  std::size_t readers = 2;
  // Where it counts, too.
  memory_budget in_flight = memory_budget(0);
};

// What jobs need of the past.
struct backfill_request {
  // The start of the earliest job.
  timestamp from;
  // Streams of the transport, by name.
  std::vector<std::string> data_streams;
  std::vector<std::string> context_streams;
  // The message that brings a portion to so many bytes is its last.
  std::size_t most_bytes = 8'000'000;
  // Counts the messages that are read.
  held_bytes held = {};
};

using past_spawner = std::function<past_actor(caf::actor_system&, const backfill_request&)>;

// A transport that can be read again.
struct rewindable {
  past_opener open;
  // The offsets where the reading of what comes now began.
  lane_offsets base;

  explicit operator bool() const noexcept { return static_cast<bool>(open); }
};

// `routes` tell which topics carry the streams, and what the messages are.
past_actor spawn_past_reader(caf::actor_system& system, past_opener open, std::shared_ptr<const adapter> routes,
                             backfill_request request);

} // namespace livedata
