// No windows: whatever a call brings is a batch. For slow signals, which should not wait for a later message.
#pragma once

#include "actors/batching/batcher.hpp"

#include <optional>
#include <vector>

namespace livedata {

// Messages are in order of time; the batch begins and ends at multiples of the pulse period, counted from the epoch. It
// keeps no messages, so that no absurd time outlives its own batch. Nor does a batch end there: between two batches,
// data time runs three lengths further ahead than the clock on the wall at most. Of the third batch in a row that says
// so, it is believed.
class naive_batcher final : public batcher {
public:
  explicit naive_batcher(duration length);

  std::optional<message_batch> add(std::vector<stream_message> messages, duration now = {}) override;

  std::optional<message_batch> flush() override { return std::nullopt; }

  // Told to others, but without effect.
  void set_batch_length(duration length) override;

  duration batch_length() const override { return length_; }

  const batcher_tally& tally() const override { return tally_; }

  std::optional<message_count> content() const override { return message_count{}; }

  void state(archive& a, held_messages& held, duration now) override;

private:
  // Where a batch with these times (ascending) ends.
  timestamp end_of(const std::vector<timestamp>& times, duration now);

  struct moment {
    timestamp data;
    duration wall;
  };

  duration length_;
  batcher_tally tally_;
  // The newest time of the last batch that was believed.
  std::optional<moment> last_;
  // Batches in a row that lie far ahead of it, or far behind.
  int elsewhere_ = 0;
};

} // namespace livedata
