// Knows which messages a service has received, and which of them have not been in a batch yet. From this follows the
// cut between the past and the present of a job. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/message_cut.hpp"

#include <set>
#include <span>
#include <utility>

namespace livedata {

// Separates the messages that the jobs have been given from those that come with the next batches. What is covered was
// in a batch, or was dropped on its way.
using backfill_cut = message_cut;

class arrivals {
public:
  // `base`: the offsets where the service began to read.
  explicit arrivals(lane_offsets base = {}) : until_(std::move(base)) {}

  // The service has received messages.
  void came(std::span<const stream_message> messages);

  // The jobs are given this batch.
  void left(const message_batch& batch);

  // The service goes on behind a cut, as if it had received all before it.
  void go_on_behind(const backfill_cut& cut);

  // Reading begins, or has begun, there in these lanes.
  void begin_at(const lane_offsets& offsets) { advance(until_, offsets); }

  // The cut behind the last batch.
  backfill_cut cut() const { return {until_, held_}; }

private:
  lane_offsets until_;
  std::set<message_key> held_;
};

} // namespace livedata
