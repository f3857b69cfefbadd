// A message on its way out, ready to be sent as it is.
#pragma once

#include "messages/payload.hpp"

#include <cstdint>
#include <string>

namespace livedata {

// Where a message goes; a transport knows the topic of each.
enum class channel : std::uint8_t {
  // da00 results of jobs.
  data,
  // JSON acknowledgements of commands.
  responses,
  // x5f2 status of jobs and services.
  heartbeat,
  // da00 values of devices derived from results.
  devices,
};

struct outgoing_message {
  channel to = channel::data;
  // Source name or device: for logs and messages about failures.
  std::string what;
  payload_ptr content;
};

} // namespace livedata
