#include "actors/batching/simple_batcher.hpp"

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
  if (!messages.empty()) traffic_.came(now);
  if (!active_) {
    if (messages.empty()) return std::nullopt;
    traffic_.restart(now);
    return open_first(std::move(messages));
  }
  for (auto& m : messages) {
    traffic_.note(placing_time(m), active_->start, active_->end, length_);
    place(std::move(m));
  }
  if (lost(now)) recover(now);
  if (!future_.empty() && may_close()) return close(now);
  const auto holds = !active_->messages.empty() || !future_.empty();
  return holds && traffic_.silent(now, length_) ? std::optional(close(now)) : std::nullopt;
}

message_batch simple_batcher::open_first(std::vector<stream_message> messages) {
  auto group = plausible_group(placing_times(messages), length_);
  active_ = message_batch{group.last, group.last + length_, {}};
  return {group.first, group.last, std::move(messages)};
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

std::optional<message_count> simple_batcher::content() const {
  auto n = count_of(future_);
  if (active_) n += count_of(active_->messages);
  return n;
}

void simple_batcher::state(archive& a, held_messages& held, duration now) {
  fields::add(a, "length", length_);
  if (a.loading()) length_ = checked_length(length_);
  auto open = active_.has_value();
  a.field("open", open);
  if (a.loading()) active_ = open ? std::optional(message_batch{}) : std::nullopt;
  if (active_) {
    a.field("start", active_->start);
    a.field("end", active_->end);
    held.field(a, "messages", active_->messages);
  }
  a.field("newest", newest_);
  held.field(a, "future", future_);
  fields::group(a, "traffic", [&](archive& inner) { traffic_.state(inner, now); });
}

bool simple_batcher::may_close() const {
  return !newest_ || active_->end + length_ <= *newest_ + plausible_lengths * length_;
}

bool simple_batcher::lost(duration now) const {
  return !active_->messages.empty() && traffic_.lost(now, length_);
}

void simple_batcher::recover(duration now) {
  traffic_.restart(now);
  auto anchor = plausible_anchor(placing_times(active_->messages), length_);
  // Quiet, not lost.
  if (active_->start <= anchor && anchor < active_->end) return;
  traffic_.recovered();
  auto held = std::move(active_->messages);
  move_behind(held, future_);
  active_ = message_batch{anchor, anchor + length_, {}};
  newest_.reset();
  for (auto& m : held)
    place(std::move(m));
}

message_batch simple_batcher::close(duration now) {
  traffic_.restart(now);
  auto start = active_->end;
  if (active_->messages.empty() && !future_.empty()) {
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
