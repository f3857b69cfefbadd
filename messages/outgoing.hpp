// A message to be sent, already encoded.
#pragma once

#include "messages/payload.hpp"

#include <cstdint>
#include <string>

namespace livedata {

// The kind of a message to be sent. A transport has a topic for each.
enum class channel : std::uint8_t {
  // da00 results of jobs.
  data,
  // JSON acknowledgements of commands.
  responses,
  // x5f2 status of jobs and services.
  heartbeat,
  // da00 values of devices derived from results.
  devices,
  // da00 requests for regions of interest, for this engine and for whoever else shows them.
  roi,
};

struct outgoing_message {
  channel to = channel::data;
  // Source name, device or service, for logs and texts of failures.
  std::string what;
  payload_ptr content;
};

} // namespace livedata
