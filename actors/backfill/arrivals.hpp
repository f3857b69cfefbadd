// Which messages a service has received, and which of those still wait to be given to jobs. From it follows the cut for
// a job that reads the past: what lies before it comes from the past, all else comes with the next batches. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"
#include "messages/message_position.hpp"
#include "messages/stream.hpp"

#include <set>
#include <span>
#include <string>
#include <utility>

namespace livedata {

// A message by its position, and by its stream: two logs may have come in one message.
using message_key = std::pair<message_position, std::string>;

struct backfill_cut {
  lane_offsets until;
  // Received, but still to come with a batch.
  std::set<message_key> held;

  // Whether the batches before the cut had the message; if not, one after it has it.
  bool covers(const stream_message& m) const;
};

class arrivals {
public:
  // `base`: where the messages begin.
  explicit arrivals(lane_offsets base = {}) : until_(std::move(base)) {}

  // Messages came in, in order of arrival.
  void came(std::span<const stream_message> messages);

  // The jobs are given a batch.
  void left(const message_batch& batch);

  backfill_cut cut() const { return {until_, held_}; }

private:
  lane_offsets until_;
  std::set<message_key> held_;
};

} // namespace livedata
