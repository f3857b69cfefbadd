// Remembers the time windows of the batches of a service, so that backfill cuts the past into the same windows. Plain
// code.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class archive;

// [start, end).
struct batch_window {
  timestamp start;
  timestamp end;

  friend auto operator<=>(const batch_window&, const batch_window&) = default;
};

class batch_windows {
public:
  // Windows before the first known one have the given `length`. Beyond `limit` windows, the oldest are forgotten, and
  // so are messages outside of the window of their time beyond `stray_limit`: seven minutes of them, where each window
  // of a second begins with a pulse that comes a moment early, on a dozen streams.
  explicit batch_windows(duration length, std::size_t limit = 100'000, std::size_t stray_limit = 5'000)
    : length_(length), limit_(limit), stray_limit_(stray_limit) {}

  // Adds the window of the next batch. The first window may have no length. A window that begins before the end of the
  // last one is ignored: the batcher went back in time, and the data belongs to the windows that are known.
  void add(batch_window w);

  // Adds the window of the next batch, and remembers those messages whose time lies outside of it.
  void add(const message_batch& batch);

  bool empty() const noexcept { return known_.empty(); }

  // The oldest and the newest known window. There must be one.
  const batch_window& first() const { return known_.front(); }

  const batch_window& last() const { return known_.back(); }

  // The window that data of time `t` belongs to: the first that ends after `t`, or the last one if there is none.
  // Before the first known window, windows of the given length lie side by side. There must be a known window.
  batch_window of(timestamp t) const;

  // The window of the batch that had the message. If no batch had it: the window of its time.
  batch_window of(const stream_message& m) const;

  // The first window that begins at `t` or later; nothing if it is still to come. There must be a known window.
  std::optional<batch_window> from(timestamp t) const;

  // `lanes`: the present number of each lane, by the one that was saved; what came by others is forgotten.
  void state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes);

private:
  // A message outside of the window of its time, and the window that it was in.
  struct stray {
    std::int64_t offset = 0;
    // Number of its stream.
    std::uint32_t stream = 0;
    batch_window window;

    auto place() const { return std::pair(offset, stream); }
  };

  void add_stray(const message_position& p, std::uint32_t stream, const batch_window& w);
  void forget_oldest_stray();
  std::uint32_t number_of(const std::string& stream);

  duration length_;
  std::size_t limit_;
  std::size_t stray_limit_;
  std::deque<batch_window> known_;
  // A pulse that comes a moment before its window is one, so there are many, some each second: by lane, in order of
  // their places.
  std::map<std::uint32_t, std::deque<stray>> strays_;
  std::size_t stray_count_ = 0;
  // Their names, by number.
  std::vector<std::string> streams_;
};

} // namespace livedata
