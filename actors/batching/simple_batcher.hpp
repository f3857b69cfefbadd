// Fixed windows of data time, one after the other.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/batching/placing.hpp"

namespace livedata {

// The first call with messages gives them all as the first batch, which ends at their plausible anchor; from there on
// windows of one batch length touch each other. A window is complete when a message at or after its end has come. Late
// messages join the window that is open.
//
// Absurd times are bounded: messages more than a thousand lengths ahead are delivered at once; gaps of more than ten
// lengths are jumped over; a window that was led away from the traffic goes back to it (see batch_constants.hpp). A
// single time more than three lengths ahead does not close a window that has messages: it waits for its window, for
// another such time right behind it, or for silence. Where the window has none, it leads to a later one, from which the
// next message of the traffic leads back.
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
  void take(stream_message m);
  void take_ahead(stream_message m);
  // A message has come that shows single times ahead to be wrong, if there are any.
  void doubt();
  void place(stream_message m);
  // The same for all that is held, where it has turned out that a window was led away.
  void put_back(std::vector<stream_message> held);
  std::vector<stream_message> take_all();
  bool is_ahead(timestamp t) const;
  // Whether the stream has come to the end of the open window.
  bool goes_on() const;
  void go_back();
  bool lost(duration now) const;
  void recover(duration now);
  std::optional<timestamp> earliest_later() const;
  message_batch close(duration now);
  void open(timestamp start);

  struct departure {
    // Where the window would be.
    timestamp from;
    timestamp to;

    void state(archive& a) {
      a.field("from", from);
      a.field("to", to);
    }
  };

  duration length_;
  // The open window; none before the first batch.
  std::optional<message_batch> active_;
  // Messages at or after the end of the open window.
  std::vector<stream_message> future_;
  // Those more than three lengths ahead that nothing else speaks for. The first `doubted_` of them have been
  // contradicted: after them messages of the open window or of before came.
  std::vector<stream_message> ahead_;
  std::size_t doubted_ = 0;
  // Two times ahead have come one after the other, and none of the open window since.
  bool far_ahead_ = false;
  // A single time has led the window to where it is.
  std::optional<departure> departure_;
  batching::traffic_watch traffic_;
};

} // namespace livedata
