// Reads the past for one job, on a thread of its own, as fast as it is asked to.
#pragma once

#include "actors/history/history_reader.hpp"
#include "actors/interfaces.hpp"
#include "actors/source/adapter.hpp"

#include <memory>
#include <string>
#include <vector>

namespace livedata {

// What a job needs of the past, by the names of streams that come from outside.
struct history_request {
  // Data counts from here on.
  timestamp from;
  std::vector<std::string> data_streams;
  std::vector<std::string> setting_streams;
};

// A transport that can be read again.
struct rewindable {
  history_opener open;
  // Where the reading that goes on began.
  lane_offsets base;

  explicit operator bool() const noexcept { return static_cast<bool>(open); }
};

// `routes` tell which topics carry the streams, and what the messages are.
history_actor spawn_history(caf::actor_system& system, history_opener open, std::shared_ptr<const adapter> routes,
                            history_request request);

} // namespace livedata
