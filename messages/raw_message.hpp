// One message as it comes from a transport, not decoded.
#pragma once

#include "messages/message_position.hpp"
#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <string>

namespace livedata {

struct raw_message {
  // The topic and the source name inside the message together decide the stream.
  std::string topic;
  // Time of the message's envelope (Kafka: create time).
  timestamp received;
  payload_ptr content;
  // Whether the envelope had a time. If not, `received` is the wall time at which the message came.
  bool stamped = true;
  message_position position = {};
};

} // namespace livedata
