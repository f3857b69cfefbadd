// A place in the stream of messages of a service: what it has been given and what is still to come. Plain code.
#pragma once

#include "messages/message_position.hpp"
#include "messages/stream.hpp"

#include <set>
#include <string>
#include <utility>

namespace livedata {

// Identifies a message. The position alone does not: one raw message may hold values of several streams.
using message_key = std::pair<message_position, std::string>;

struct message_cut {
  // Messages at or behind these offsets are still to come.
  lane_offsets until;
  // Messages before these offsets that are still to come all the same, such as those that a batcher holds.
  std::set<message_key> held;

  // Whether all of a raw message at that place was given, but for what is held.
  bool covers(const message_position& p) const {
    const auto lane = until.find(p.lane);
    return lane != until.end() && p.offset < lane->second;
  }

  // Whether something at that place is still to come.
  bool holds(const message_position& p) const {
    const auto first = held.lower_bound({p, {}});
    return first != held.end() && first->first == p;
  }

  // Whether the message was given.
  bool covers(const stream_message& m) const {
    return covers(m.position) && !held.contains({m.position, m.stream.name});
  }
};

} // namespace livedata
