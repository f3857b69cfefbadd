// Reads the past for one job, on a thread of its own, as fast as it is asked to.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/adapter.hpp"
#include "transport/past_reader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace livedata {

// What a job needs of the past, by the names of streams that come from outside.
struct backfill_request {
  // Data counts from here on.
  timestamp from;
  std::vector<std::string> data_streams;
  std::vector<std::string> context_streams;
};

// A transport that can be read again.
struct rewindable {
  past_opener open;
  // Where the reading that goes on began.
  lane_offsets base;

  explicit operator bool() const noexcept { return static_cast<bool>(open); }
};

// `routes` tell which topics carry the streams, and what the messages are.
past_actor spawn_past_reader(caf::actor_system& system, past_opener open, std::shared_ptr<const adapter> routes,
                             backfill_request request);

} // namespace livedata
