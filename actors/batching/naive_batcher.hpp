// No windows: whatever a call brings is a batch. For slow signals, which should not wait for a later message.
#pragma once

#include "actors/batching/batcher.hpp"

namespace livedata {

// Messages are in order of time; the batch begins and ends at multiples of the pulse period, counted from the epoch. It
// keeps nothing, so that no absurd time outlives its own batch.
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
  duration length_;
  batcher_tally tally_;
};

} // namespace livedata
