// The windows of the batches that a service has had, and which messages were in another than that of their time, so
// that data of the past can be cut as it was then. Plain code.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace livedata {

// [start, end).
struct batch_window {
  timestamp start;
  timestamp end;

  friend auto operator<=>(const batch_window&, const batch_window&) = default;
};

class batch_windows {
public:
  // `length`: of windows from before the first that is known. The oldest windows, and the oldest messages outside of
  // their time, are forgotten beyond `limit`.
  explicit batch_windows(duration length, std::size_t limit = 100'000) : length_(length), limit_(limit) {}

  // The window of a batch, in the order of batches. The first of a service may have no length. One that begins before
  // the end of the last is passed over: it was put back to the traffic, and what it held belongs to those that are
  // known.
  void add(batch_window w);

  // The same, and its messages that are not of its time: late ones, and pulses at the edges.
  void add(const message_batch& batch);

  bool empty() const noexcept { return known_.empty(); }

  // The windows that are known, oldest and newest; they must not be empty.
  const batch_window& first() const { return known_.front(); }

  const batch_window& last() const { return known_.back(); }

  // The window that the data of time `t` belongs to: the first that ends after it, the last if there is none; before
  // the first, windows of the length given, side by side up to it. There must be a known window.
  batch_window of(timestamp t) const;

  // The window of the batch that had the message, or that would have had it.
  batch_window of(const stream_message& m) const;

  // The first window that begins at `t` or later; nothing if that is still to come. There must be a known window.
  std::optional<batch_window> from(timestamp t) const;

private:
  duration length_;
  std::size_t limit_;
  std::deque<batch_window> known_;
  // Of messages outside of their time, by what is known of them, oldest first.
  std::map<message_key, batch_window> strays_;
  std::deque<message_key> order_of_strays_;
};

} // namespace livedata
