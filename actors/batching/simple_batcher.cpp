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
  for (auto& m : messages)
    take(std::move(m));
  if (lost(now)) recover(now);
  if (goes_on()) return close(now);
  if (!traffic_.silent(now, length_) || (active_->messages.empty() && ahead_.empty())) return std::nullopt;
  // What lies ahead in vain goes with what there is.
  doubted_ = 0;
  move_behind(active_->messages, ahead_);
  return close(now);
}

message_batch simple_batcher::open_first(std::vector<stream_message> messages) {
  auto group = plausible_group(placing_times(messages), length_);
  open(group.last);
  return {group.first, group.last, std::move(messages)};
}

void simple_batcher::open(timestamp start) {
  active_ = message_batch{start, start + length_, {}};
}

bool simple_batcher::is_ahead(timestamp t) const {
  const auto beyond = t - active_->end;
  return plausible_lengths * length_ < beyond && beyond <= other_epoch_lengths * length_;
}

void simple_batcher::take(stream_message m) {
  const auto t = placing_time(m);
  if (departure_ && t < active_->start - plausible_lengths * length_)
    go_back();
  else if (departure_ && t != departure_->to && t - active_->end <= other_epoch_lengths * length_)
    departure_.reset();
  traffic_.note(t, active_->start, active_->end, length_);
  if (t < active_->end) doubt();
  if (is_ahead(t) && !far_ahead_)
    take_ahead(std::move(m));
  else
    place(std::move(m));
}

void simple_batcher::take_ahead(stream_message m) {
  far_ahead_ = ahead_.size() > doubted_ && placing_time(ahead_.back()) != placing_time(m);
  ahead_.push_back(std::move(m));
  if (!far_ahead_) return;
  const auto first = ahead_.begin() + static_cast<std::ptrdiff_t>(doubted_);
  future_.insert(future_.end(), std::make_move_iterator(first), std::make_move_iterator(ahead_.end()));
  ahead_.erase(first, ahead_.end());
}

void simple_batcher::doubt() {
  far_ahead_ = false;
  traffic_.not_followed(ahead_.size() - doubted_);
  doubted_ = ahead_.size();
}

void simple_batcher::place(stream_message m) {
  auto beyond = placing_time(m) - active_->end;
  if (beyond < duration{} || beyond > other_epoch_lengths * length_)
    active_->messages.push_back(std::move(m));
  else
    future_.push_back(std::move(m));
}

void simple_batcher::put_back(std::vector<stream_message> held) {
  for (auto& m : held)
    if (is_ahead(placing_time(m)))
      ahead_.push_back(std::move(m));
    else
      place(std::move(m));
  doubted_ = ahead_.size();
}

std::vector<stream_message> simple_batcher::take_all() {
  auto all = std::exchange(active_->messages, {});
  move_behind(all, future_);
  move_behind(all, ahead_);
  doubted_ = 0;
  far_ahead_ = false;
  departure_.reset();
  return all;
}

std::optional<message_count> simple_batcher::content() const {
  auto n = count_of(future_);
  n += count_of(ahead_);
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
  held.field(a, "future", future_);
  held.field(a, "ahead", ahead_);
  fields::size(a, "doubted", doubted_);
  doubted_ = std::min(doubted_, ahead_.size());
  a.field("far_ahead", far_ahead_);
  a.field("departure", departure_);
  fields::group(a, "traffic", [&](archive& inner) { traffic_.state(inner, now); });
}

bool simple_batcher::goes_on() const {
  return !future_.empty() || (active_->messages.empty() && ahead_.size() > doubted_);
}

// What was given out meanwhile lies before the window, or is that single time.
void simple_batcher::go_back() {
  const auto from = departure_->from;
  traffic_.recovered();
  auto held = take_all();
  open(from);
  put_back(std::move(held));
  traffic_.not_followed(ahead_.size());
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
  auto held = take_all();
  open(anchor);
  put_back(std::move(held));
}

std::optional<timestamp> simple_batcher::earliest_later() const {
  auto times = placing_times(future_);
  if (times.empty())
    for (auto i = doubted_; i < ahead_.size(); ++i)
      times.push_back(placing_time(ahead_[i]));
  return times.empty() ? std::nullopt : std::optional(std::ranges::min(times));
}

message_batch simple_batcher::close(duration now) {
  traffic_.restart(now);
  auto start = active_->end;
  if (const auto next = earliest_later(); next && active_->messages.empty()) {
    const auto gap = *next - start;
    if (gap > walked_gap_lengths * length_) {
      if (future_.empty()) departure_ = departure{start, *next};
      start = start + gap.ns / length_.ns * length_;
    }
  }
  auto done = std::move(*active_);
  open(start);
  auto waiting = std::exchange(future_, {});
  for (auto& m : waiting)
    place(std::move(m));
  const auto doubted = std::exchange(doubted_, 0U);
  auto ahead = std::exchange(ahead_, {});
  for (std::size_t i = 0; i < ahead.size(); ++i)
    if (placing_time(ahead[i]) < active_->end) {
      active_->messages.push_back(std::move(ahead[i]));
    } else {
      doubted_ += i < doubted ? 1 : 0;
      ahead_.push_back(std::move(ahead[i]));
    }
  return done;
}

std::optional<message_batch> simple_batcher::flush() {
  if (!active_) return std::nullopt;
  auto last = std::move(*active_);
  active_.reset();
  move_behind(last.messages, future_);
  move_behind(last.messages, ahead_);
  doubted_ = 0;
  far_ahead_ = false;
  departure_.reset();
  if (last.messages.empty()) return std::nullopt;
  // The stream ends with its newest message; the window is not claimed beyond it.
  last.end = std::max(last.start, plausible_anchor(placing_times(last.messages), length_));
  return last;
}

} // namespace livedata
