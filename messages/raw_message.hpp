// One message as a transport gives it.
#pragma once

#include "messages/message_position.hpp"
#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <string>

namespace livedata {

struct raw_message {
  // The topic, which together with the source name inside tells the stream.
  std::string topic;
  // Time of the message's envelope (Kafka: create time).
  timestamp received;
  payload_ptr content;
  // Whether the envelope had a time; else `received` is when the message was taken in.
  bool stamped = true;
  message_position position = {};
};

} // namespace livedata
