// Fixed windows of data time, one after the other.
#pragma once

#include "actors/coordinator/batcher/batcher.hpp"

namespace livedata {

// The first call with messages gives them all as the first batch, which ends at their plausible anchor; from there on
// windows of one batch length touch each other. A window is complete when a message at or after its end has come. Late
// messages join the window that is open. A window that holds messages does not close while the stream is further than
// three lengths ahead of them only by messages of an absurd future.
class simple_batcher final : public batcher {
public:
  // `length` must be positive.
  explicit simple_batcher(duration length);

  std::optional<message_batch> add(std::vector<stream_message> messages) override;
  std::optional<message_batch> flush() override;

  duration batch_length() const override { return length_; }

private:
  message_batch open_first(std::vector<stream_message> messages);
  void place(stream_message m);
  bool may_close() const;
  message_batch close();

  duration length_;
  // The open window; none before the first batch.
  std::optional<message_batch> active_;
  // Messages at or after the end of the open window.
  std::vector<stream_message> future_;
};

} // namespace livedata
