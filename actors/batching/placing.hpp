// What batchers have in common: the time by which a message is placed, and the watch over traffic before the window.
#pragma once

#include "actors/batching/batch_constants.hpp"
#include "actors/batching/batcher.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <vector>

namespace livedata::batching {

// Whether messages of that kind come with the pulses of the source.
inline bool has_pulses(stream_kind k) {
  return k == stream_kind::detector_events || k == stream_kind::monitor_events || k == stream_kind::monitor_counts ||
         k == stream_kind::area_detector;
}

// Differences of such times, and sums with lengths, do not overflow.
inline timestamp placing_time(const stream_message& m) {
  return {std::clamp(m.time.ns, earliest_ns, latest_ns)};
}

inline std::vector<timestamp> placing_times(const std::vector<stream_message>& messages) {
  std::vector<timestamp> times;
  times.reserve(messages.size());
  for (const auto& m : messages)
    times.push_back(placing_time(m));
  return times;
}

// Puts `more` behind `all` and leaves it empty.
inline void move_behind(std::vector<stream_message>& all, std::vector<stream_message>& more) {
  if (all.empty()) {
    all.swap(more);
    return;
  }
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  more.clear();
}

// No longer than a day, so that a thousand lengths stay far from overflowing.
inline duration checked_length(duration length) {
  if (length.ns <= 0 || length.ns > 86'400'000'000'000)
    throw std::invalid_argument("the length of a batch must be positive and no longer than a day");
  return length;
}

// How far the traffic before the window has moved on since the last batch. One absurd time adds three lengths at most.
class late_progress {
public:
  void note(timestamp t, duration length) {
    if (last_ && t > *last_) progress_ = progress_ + std::min(t - *last_, plausible_lengths * length);
    last_ = t;
  }

  bool lost(duration length) const { return progress_ >= late_progress_lengths * length; }

  void restart() { *this = {}; }

  void state(archive& a) {
    a.field("last", last_);
    fields::add(a, "progress", progress_);
  }

private:
  std::optional<timestamp> last_;
  duration progress_;
};

// Watches the traffic around the open window: counts what is odd about its times, and tells when the window has lost
// it.
class traffic_watch {
public:
  // A message of time `t` came while the window [start, end) was open.
  // `early`: so much before its window a message still belongs to it.
  void note(timestamp t, timestamp start, timestamp end, duration length, duration early = {}) {
    if (t < start) {
      if (t < start - early) ++tally_.late;
      late_.note(t, length);
    }
    if (t - end > plausible_lengths * length) ++tally_.far_ahead;
  }

  // Late data alone has moved on too far, or nothing was closed for too long. Whether anything is there is up to the
  // caller.
  bool lost(duration now, duration length) const {
    return late_.lost(length) || now - last_close_ >= stall_lengths * length;
  }

  // Messages came at `now`.
  void came(duration now) { last_came_ = now; }

  // Nothing has come for so long that the open window need not wait. Never without a wall clock.
  bool silent(duration now, duration length) const {
    return last_came_ && now.ns != 0 && now - *last_came_ >= std::max(silence_lengths * length, least_silence);
  }

  // A window was closed, or looked after, at `now`.
  void restart(duration now) {
    last_close_ = now;
    late_.restart();
  }

  // The window was put back to the traffic.
  void recovered() { ++tally_.recoveries; }

  // The time of a message was not followed, because the others say something else.
  void not_followed(std::uint64_t messages = 1) { tally_.not_followed += messages; }

  const batcher_tally& tally() const noexcept { return tally_; }

  // When it is loaded, messages came, and a window was closed, `now`.
  void state(archive& a, duration now) {
    a.field("late", late_);
    if (!a.loading()) return;
    last_close_ = now;
    last_came_ = now;
  }

private:
  late_progress late_;
  duration last_close_;
  std::optional<duration> last_came_;
  batcher_tally tally_;
};

} // namespace livedata::batching
