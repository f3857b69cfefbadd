// Windows of data time that close as soon as the last pulse of every stream in them has come.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/batching/gated_stream.hpp"
#include "actors/batching/placing.hpp"

#include <map>
#include <memory>
#include <set>

namespace livedata {

// Streams of events, histograms and frames are watched for their rate. One with a steady rate of whole Hz and at least
// one pulse a window holds the window open until the last of these pulses has come, with as many messages as the pulses
// before had; so a batch is complete without waiting for what comes after it. Where the rest of a pulse stays away, a
// later pulse closes the window, or half a pulse of wall time. Everything else (logs, requests, slow or irregular
// streams) goes with the window it arrives in, or waits for its own if that is one of the next three; what comes of the
// same stream behind it waits, too. A timeout in data time closes windows that some stream holds open in vain. A gap is
// jumped over.
//
// What a single absurd time can do is bounded: data time follows one message no further than three lengths; messages
// more than a thousand lengths ahead are delivered at once; a window that was led away from the traffic goes back to it
// (see batch_constants.hpp).
class rate_aware_batcher final : public batcher {
public:
  // std::invalid_argument if the length is not positive or longer than a day, or the timeout factor neither in (0, 3]
  // nor infinite (then windows close by pulses only).
  explicit rate_aware_batcher(duration length, double timeout_factor = batching::timeout_factor);

  std::optional<message_batch> add(std::vector<stream_message> messages, duration now = {}) override;
  std::optional<message_batch> flush() override;
  // From the next window on; of several, the last counts.
  void set_batch_length(duration length) override;

  duration batch_length() const override { return pending_length_.value_or(length_); }

  const batcher_tally& tally() const override { return traffic_.tally(); }

  std::optional<message_count> content() const override;

  void state(archive& a, held_messages& held, duration now) override;

  // For tests and reports: the open window; both 0 before the first batch.
  timestamp window_start() const noexcept { return start_; }

  // Messages that wait for a later window.
  std::size_t waiting() const noexcept { return overflow_.size() + future_.size(); }

  // All that are held.
  std::size_t held() const noexcept;

  // nullptr if it is not watched.
  const gated_stream* find(const stream_id& stream) const;

private:
  struct named_stream {
    stream_id id;
    gated_stream stream;
  };

  void streams_state(archive& a, held_messages& held);
  message_batch bootstrap(std::vector<stream_message> messages, duration now);
  gated_stream& stream(const stream_id& id);
  void open(timestamp start);
  void raise(timestamp t);
  void place(stream_message m);
  bool any_on_grid() const;
  bool anything_current() const;
  std::vector<stream_message> take_current();
  // Everything current, then what overflowed, then what waits.
  std::vector<stream_message> take_all();
  void jump_gap();
  // Rates that become known in the first window after a start are used at once: there is no window before it that could
  // have told them.
  void learn();
  bool complete(duration now);
  bool waited(duration now);
  message_batch close(duration now);
  bool lost(duration now) const;
  void recover(duration now);

  duration length_;
  std::optional<duration> pending_length_;
  double timeout_factor_;
  bool open_ = false;
  timestamp start_;
  timestamp end_;
  // Data time: the newest message, but no more than three lengths after the start of the window.
  timestamp data_time_;
  // In order of their first message.
  std::vector<std::unique_ptr<named_stream>> streams_;
  std::map<stream_id, gated_stream*> by_id_;
  // Of the window: messages that hold nothing open.
  std::vector<stream_message> free_;
  // Pulses of later windows.
  std::vector<stream_message> overflow_;
  // Others of later windows.
  std::vector<stream_message> future_;
  // Streams that are not watched, and have messages among those: what comes of them later stays behind.
  std::set<stream_id> behind_;
  // The window is the first after a start, and rates are not known from before.
  bool learning_ = false;
  // On the clock of `add`: since when all streams have reached the last pulse of the window and nothing has come.
  std::optional<duration> reached_since_;
  batching::traffic_watch traffic_;
};

} // namespace livedata
