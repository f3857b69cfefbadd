// What a source hands to a coordinator at once. Plain code.
#pragma once

#include "actors/recording/marks.hpp"
#include "messages/control.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <vector>

namespace livedata {

// A portion of decoded messages, in order of arrival. What steers takes effect before the data of the same portion. One
// without either tells that time has passed.
struct message_chunk {
  std::vector<stream_message> messages;
  // Wall time of the last one.
  timestamp received;
  std::vector<control_message> control = {};
  // Number and times, which a replay has from its recording; no clock where data time is not wall time.
  portion_mark mark = {};
};

// Puts `first` before what is there.
void prepend(std::vector<control_message>& to, std::vector<control_message> first);

} // namespace livedata
