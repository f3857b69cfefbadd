// Cuts the stream of messages into batches by data time. Pure: wall time is an argument, used for nothing but getting a
// window back that has lost the traffic; without it, the same messages in the same portions give the same batches,
// however fast they come.
#pragma once

#include "actors/batching/held_messages.hpp"
#include "actors/message_count.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace livedata {

// Messages of the data time [start, end), in order of arrival; late ones of earlier times, and single ones of an absurd
// future, may be among them.
struct message_batch {
  timestamp start;
  timestamp end;
  std::vector<stream_message> messages;
};

// What was odd about the times of messages, since the batcher was made. Such messages are delivered all the same.
struct batcher_tally {
  // Before the window that was open when they came.
  std::uint64_t late = 0;
  // More than three batch lengths after the end of that window.
  std::uint64_t far_ahead = 0;
  // Of those, by the simple and the naive batcher: which the data clock did not follow, because other messages, or the
  // clock on the wall, tell another time.
  std::uint64_t not_followed = 0;
  // How often the window had lost the traffic and was put back to it.
  std::uint64_t recoveries = 0;

  friend bool operator==(const batcher_tally&, const batcher_tally&) = default;
};

class batcher {
public:
  batcher() = default;
  batcher(const batcher&) = delete;
  batcher& operator=(const batcher&) = delete;
  virtual ~batcher() = default;

  // Takes in newly arrived messages, possibly none; gives a batch if one is complete, at most one a call. `now` is wall
  // time on a clock that never goes back; always 0 where data time has nothing to do with it (recordings).
  virtual std::optional<message_batch> add(std::vector<stream_message> messages, duration now = {}) = 0;

  // Ends the stream: a batch with everything that is still held, if there is anything.
  virtual std::optional<message_batch> flush() = 0;

  // The length of the windows from the next one on.
  virtual void set_batch_length(duration length) = 0;

  virtual duration batch_length() const = 0;

  // Says that the jobs are done with a batch of that many messages, and how long (wall time) it took; without a number
  // of messages: that there was nothing to do.
  virtual void report_batch(std::optional<std::size_t> /*messages*/, duration /*took*/, duration /*now*/) {}

  virtual const batcher_tally& tally() const = 0;

  // What is held, counted message by message; nothing if that cannot be told.
  virtual std::optional<message_count> content() const { return std::nullopt; }

  // Names everything that decides what becomes of messages from now on, for saving and for loading: see
  // workflows/archive.hpp. What goes by wall time begins anew at `now`. std::logic_error if that cannot be done.
  virtual void state(archive& a, held_messages& held, duration now);
};

// The times of a group of messages that belong together, robust against single absurd ones: times further apart than
// three batch lengths belong to different groups; the largest group wins, the later one of equals. `times` must not be
// empty.
struct plausible_times {
  timestamp first;
  // The anchor.
  timestamp last;
};

plausible_times plausible_group(std::vector<timestamp> times, duration batch_length);

// The largest time of that group: the time that the messages stand for.
timestamp plausible_anchor(std::vector<timestamp> times, duration batch_length);

// The batcher of that name (naive, simple, rate-aware), which may adapt its length to the load;
// std::invalid_argument if there is none.
std::unique_ptr<batcher> make_batcher(std::string_view kind, duration length, bool adaptive = false);

} // namespace livedata
