// Knows which messages a service has received, and which of them have not been in a batch yet. From this follows the
// cut between the past and the present of a job. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"
#include "messages/message_position.hpp"
#include "messages/stream.hpp"

#include <set>
#include <span>
#include <string>
#include <utility>

namespace livedata {

// Identifies a message. The position alone does not: one raw message may hold values of several streams.
using message_key = std::pair<message_position, std::string>;

// Separates the messages that the jobs have been given from those that come with the next batches.
struct backfill_cut {
  // Messages at or behind these offsets come with the next batches.
  lane_offsets until;
  // Messages before these offsets that come with the next batches all the same: the batcher still holds them.
  std::set<message_key> held;

  // Whether the message belongs to the past: it was in a batch, or was dropped on its way.
  bool covers(const stream_message& m) const;
};

class arrivals {
public:
  // `base`: the offsets where the service began to read.
  explicit arrivals(lane_offsets base = {}) : until_(std::move(base)) {}

  // The service has received messages.
  void came(std::span<const stream_message> messages);

  // The jobs are given this batch.
  void left(const message_batch& batch);

  // The cut behind the last batch.
  backfill_cut cut() const { return {until_, held_}; }

private:
  lane_offsets until_;
  std::set<message_key> held_;
};

} // namespace livedata
