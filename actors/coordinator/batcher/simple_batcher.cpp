#include "actors/coordinator/batcher/simple_batcher.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace livedata {

using namespace batching;

simple_batcher::simple_batcher(duration length) : length_(checked_length(length)) {}

void simple_batcher::set_batch_length(duration length) {
  length_ = checked_length(length);
}

std::optional<message_batch> simple_batcher::add(std::vector<stream_message> messages, duration now) {
  if (!active_) {
    if (messages.empty()) return std::nullopt;
    last_close_ = now;
    return open_first(std::move(messages));
  }
  for (auto& m : messages) {
    count(placing_time(m));
    place(std::move(m));
  }
  if (lost(now)) {
    last_close_ = now;
    recover();
  }
  if (future_.empty() || !may_close()) return std::nullopt;
  last_close_ = now;
  return close();
}

message_batch simple_batcher::open_first(std::vector<stream_message> messages) {
  auto group = plausible_group(placing_times(messages), length_);
  active_ = message_batch{group.last, group.last + length_, {}};
  return {group.first, group.last, std::move(messages)};
}

void simple_batcher::count(timestamp t) {
  if (t < active_->start) {
    ++tally_.late;
    late_.note(t, length_);
  }
  if (t - active_->end > plausible_lengths * length_) ++tally_.far_ahead;
}

void simple_batcher::place(stream_message m) {
  auto t = placing_time(m);
  if (t < active_->end) {
    newest_ = newest_ ? std::max(*newest_, t) : t;
    active_->messages.push_back(std::move(m));
  } else if (t - active_->end > other_epoch_lengths * length_) {
    active_->messages.push_back(std::move(m));
  } else {
    future_.push_back(std::move(m));
  }
}

bool simple_batcher::may_close() const {
  return !newest_ || active_->end + length_ <= *newest_ + plausible_lengths * length_;
}

bool simple_batcher::lost(duration now) const {
  if (active_->messages.empty()) return false;
  return late_.lost(length_) || now - last_close_ >= stall_lengths * length_;
}

void simple_batcher::recover() {
  late_.restart();
  auto anchor = plausible_anchor(placing_times(active_->messages), length_);
  // Quiet, not lost.
  if (active_->start <= anchor && anchor < active_->end) return;
  ++tally_.recoveries;
  auto held = std::move(active_->messages);
  move_behind(held, future_);
  active_ = message_batch{anchor, anchor + length_, {}};
  newest_.reset();
  for (auto& m : held)
    place(std::move(m));
}

message_batch simple_batcher::close() {
  late_.restart();
  auto start = active_->end;
  if (active_->messages.empty()) {
    auto times = placing_times(future_);
    auto gap = *std::min_element(times.begin(), times.end()) - start;
    if (gap > walked_gap_lengths * length_) start = start + gap.ns / length_.ns * length_;
  }
  auto done = std::exchange(*active_, message_batch{start, start + length_, {}});
  newest_.reset();
  auto waiting = std::exchange(future_, {});
  for (auto& m : waiting)
    place(std::move(m));
  return done;
}

std::optional<message_batch> simple_batcher::flush() {
  if (!active_) return std::nullopt;
  auto last = std::move(*active_);
  active_.reset();
  newest_.reset();
  move_behind(last.messages, future_);
  if (last.messages.empty()) return std::nullopt;
  // The stream ends with its newest message; the window is not claimed beyond it.
  last.end = std::max(last.start, plausible_anchor(placing_times(last.messages), length_));
  return last;
}

} // namespace livedata
