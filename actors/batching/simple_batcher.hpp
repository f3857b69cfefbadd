// Fixed windows of data time, one after the other.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/batching/placing.hpp"

namespace livedata {

// The first call with messages gives them all as the first batch, which ends at their plausible anchor; from there on
// windows of one batch length touch each other. A window is complete when a message at or after its end has come. Late
// messages join the window that is open. A window that holds messages does not close while the stream is further than
// three lengths ahead of them only by messages of an absurd future.
//
// Absurd times are bounded: messages more than a thousand lengths ahead are delivered at once; gaps of more than ten
// lengths are jumped over; a window that was led away from the traffic goes back to it (see batch_constants.hpp).
class simple_batcher final : public batcher {
public:
  // `length` must be positive and no longer than a day; std::invalid_argument otherwise.
  explicit simple_batcher(duration length);

  std::optional<message_batch> add(std::vector<stream_message> messages, duration now = {}) override;
  std::optional<message_batch> flush() override;
  void set_batch_length(duration length) override;

  duration batch_length() const override { return length_; }

  const batcher_tally& tally() const override { return traffic_.tally(); }

  std::optional<message_count> content() const override;

  void state(archive& a, held_messages& held, duration now) override;

private:
  message_batch open_first(std::vector<stream_message> messages);
  void place(stream_message m);
  bool may_close() const;
  bool lost(duration now) const;
  void recover(duration now);
  message_batch close(duration now);

  duration length_;
  // The open window; none before the first batch.
  std::optional<message_batch> active_;
  // The newest message of the open window, those of another epoch left out.
  std::optional<timestamp> newest_;
  // Messages at or after the end of the open window.
  std::vector<stream_message> future_;
  batching::traffic_watch traffic_;
};

} // namespace livedata
