#include "actors/batching/rate_aware_batcher.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace livedata {

using namespace batching;

rate_aware_batcher::rate_aware_batcher(duration length, double factor)
  : length_(checked_length(length)), timeout_factor_(factor) {
  if (!(factor > 0) || (factor > largest_timeout_factor && !std::isinf(factor)))
    throw std::invalid_argument("timeout_factor must be in (0, 3] or infinite");
}

void rate_aware_batcher::set_batch_length(duration length) {
  pending_length_ = checked_length(length);
}

std::optional<message_batch> rate_aware_batcher::add(std::vector<stream_message> messages, duration now) {
  if (!messages.empty()) traffic_.came(now);
  if (!open_) {
    if (messages.empty()) return std::nullopt;
    return bootstrap(std::move(messages), now);
  }
  for (auto& m : messages) {
    auto t = placing_time(m);
    traffic_.note(t, start_, end_, length_, has_pulses(m.stream.kind) ? duration{drift_tolerance_ns} : duration{});
    raise(t);
    if (has_pulses(m.stream.kind)) {
      stream(m.stream).count(t);
      reached_since_.reset();
    }
    place(std::move(m));
  }
  if (learning_) learn();
  jump_gap();
  if (complete(now)) return close(now);
  if (lost(now)) {
    recover(now);
    if (complete(now)) return close(now);
  }
  return traffic_.silent(now, length_) && held() > 0 ? std::optional(close(now)) : std::nullopt;
}

message_batch rate_aware_batcher::bootstrap(std::vector<stream_message> messages, duration now) {
  auto group = plausible_group(placing_times(messages), length_);
  open_ = true;
  for (const auto& m : messages) {
    auto t = placing_time(m);
    if (!has_pulses(m.stream.kind) || t > group.last) continue;
    auto& pulses = stream(m.stream);
    pulses.observe(t);
    pulses.count(t);
  }
  open(group.last);
  learning_ = true;
  data_time_ = group.last;
  traffic_.restart(now);
  for (auto& s : streams_)
    s->stream.refresh(start_, length_);
  return {group.first, group.last, std::move(messages)};
}

gated_stream& rate_aware_batcher::stream(const stream_id& id) {
  auto& known = by_id_[id];
  if (known == nullptr) {
    streams_.push_back(std::make_unique<named_stream>(named_stream{id, {}}));
    known = &streams_.back()->stream;
  }
  return *known;
}

const gated_stream* rate_aware_batcher::find(const stream_id& id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? nullptr : i->second;
}

void rate_aware_batcher::open(timestamp start) {
  start_ = start;
  end_ = start + length_;
  learning_ = false;
  reached_since_.reset();
}

void rate_aware_batcher::raise(timestamp t) {
  data_time_ = std::max(data_time_, std::min(t, start_ + plausible_lengths * length_));
}

void rate_aware_batcher::place(stream_message m) {
  auto t = placing_time(m);
  auto* pulses = has_pulses(m.stream.kind) ? &stream(m.stream) : nullptr;
  auto on_grid = pulses != nullptr && pulses->on_grid();
  if (t - end_ > other_epoch_lengths * length_) {
    free_.push_back(std::move(m));
  } else if (!on_grid && t > end_ && (t - end_ <= plausible_lengths * length_ || behind_.contains(m.stream))) {
    // It may be delivered from there; its rate must not miss it.
    if (pulses != nullptr) {
      pulses->observe(t);
      pulses->ahead = true;
    }
    if (pulses == nullptr) behind_.insert(m.stream);
    future_.push_back(std::move(m));
  } else if (pulses == nullptr) {
    free_.push_back(std::move(m));
  } else if (auto back = pulses->route(std::move(m), start_)) {
    overflow_.push_back(std::move(*back));
  }
}

bool rate_aware_batcher::any_on_grid() const {
  return std::ranges::any_of(streams_, [](const auto& s) { return s->stream.on_grid(); });
}

bool rate_aware_batcher::anything_current() const {
  return !free_.empty() || std::ranges::any_of(streams_, [](const auto& s) { return !s->stream.messages().empty(); });
}

std::size_t rate_aware_batcher::held() const noexcept {
  auto n = free_.size() + waiting();
  for (const auto& s : streams_)
    n += s->stream.messages().size();
  return n;
}

std::optional<message_count> rate_aware_batcher::content() const {
  auto n = count_of(free_);
  n += count_of(overflow_);
  n += count_of(future_);
  for (const auto& s : streams_)
    n += count_of(s->stream.messages());
  return n;
}

void rate_aware_batcher::state(archive& a, held_messages& held, duration now) {
  fields::add(a, "length", length_);
  fields::add(a, "pending_length", pending_length_);
  if (a.loading()) {
    length_ = checked_length(length_);
    if (pending_length_) pending_length_ = checked_length(*pending_length_);
  }
  a.field("open", open_);
  a.field("start", start_);
  a.field("end", end_);
  a.field("data_time", data_time_);
  streams_state(a, held);
  held.field(a, "free", free_);
  held.field(a, "overflow", overflow_);
  held.field(a, "future", future_);
  if (a.loading()) {
    behind_.clear();
    for (const auto& m : future_)
      if (!has_pulses(m.stream.kind)) behind_.insert(m.stream);
  }
  a.field("learning", learning_);
  fields::group(a, "traffic", [&](archive& inner) { traffic_.state(inner, now); });
  if (a.loading()) reached_since_.reset();
}

void rate_aware_batcher::streams_state(archive& a, held_messages& held) {
  std::uint64_t known = streams_.size();
  a.field("streams", known);
  if (a.loading()) {
    streams_.clear();
    by_id_.clear();
  }
  for (std::uint64_t i = 0; i < known; ++i)
    fields::group(a, "stream " + std::to_string(i), [&](archive& inner) {
      if (inner.loading()) streams_.push_back(std::make_unique<named_stream>());
      auto& s = *streams_[i];
      fields::add(inner, "id", s.id);
      s.stream.state(inner, held);
      by_id_[s.id] = &s.stream;
    });
}

std::vector<stream_message> rate_aware_batcher::take_current() {
  auto all = std::exchange(free_, {});
  for (auto& s : streams_)
    s->stream.drain(all);
  return all;
}

std::vector<stream_message> rate_aware_batcher::take_all() {
  auto all = take_current();
  move_behind(all, overflow_);
  move_behind(all, future_);
  behind_.clear();
  return all;
}

void rate_aware_batcher::jump_gap() {
  if (overflow_.empty()) return;
  for (const auto& s : streams_)
    if (s->stream.on_grid() && !s->stream.messages().empty()) return;
  auto times = placing_times(overflow_);
  auto ahead = (*std::min_element(times.begin(), times.end()) - start_).ns / length_.ns;
  if (ahead <= 0) return;
  auto all = take_all();
  open(start_ + ahead * length_);
  for (auto& m : all)
    place(std::move(m));
}

void rate_aware_batcher::learn() {
  for (auto& s : streams_) {
    auto later = s->stream.learn(start_, length_);
    move_behind(overflow_, later);
  }
}

bool rate_aware_batcher::complete(duration now) {
  if (std::isfinite(timeout_factor_)) {
    duration patience{static_cast<std::int64_t>(timeout_factor_ * static_cast<double>(length_.ns))};
    if (data_time_ >= start_ + patience) return true;
  }
  if (!any_on_grid() || !std::ranges::all_of(streams_, [](const auto& s) { return s->stream.reached(); })) return false;
  return std::ranges::all_of(streams_, [](const auto& s) { return s->stream.satisfied(); }) || waited(now);
}

bool rate_aware_batcher::waited(duration now) {
  if (!reached_since_) reached_since_ = now;
  auto shortest = length_;
  for (const auto& s : streams_)
    if (const auto& grid = s->stream.grid()) shortest = std::min(shortest, grid->period);
  return (now - *reached_since_).seconds() >= patience_pulses * shortest.seconds();
}

message_batch rate_aware_batcher::close(duration now) {
  traffic_.restart(now);
  for (auto& s : streams_) {
    if (s->stream.messages().empty() && !std::exchange(s->stream.ahead, false)) {
      ++s->stream.absent;
    } else {
      s->stream.absent = 0;
      s->stream.ahead = false;
      s->stream.refresh(start_, length_);
    }
    if (s->stream.absent >= absent_batches) by_id_.erase(s->id);
  }
  std::erase_if(streams_, [](const auto& s) { return s->stream.absent >= absent_batches; });
  if (pending_length_) {
    length_ = *std::exchange(pending_length_, std::nullopt);
    for (auto& s : streams_)
      s->stream.refresh(start_, length_);
  }
  behind_.clear();
  message_batch out{start_, end_, {}};
  auto overflow = std::vector<stream_message>{};
  auto future = std::vector<stream_message>{};
  if (any_on_grid()) {
    out.messages = take_current();
    overflow = std::exchange(overflow_, {});
    future = std::exchange(future_, {});
  } else {
    // Nothing tells where windows should lie: everything goes, and data time does not fall behind.
    out.messages = take_current();
    move_behind(out.messages, future_);
    move_behind(out.messages, overflow_);
    if (!out.messages.empty()) out.end = std::max(plausible_anchor(placing_times(out.messages), length_), end_);
  }
  open(out.end);
  for (auto& m : overflow)
    place(std::move(m));
  for (auto& m : future)
    place(std::move(m));
  return out;
}

bool rate_aware_batcher::lost(duration now) const {
  return traffic_.lost(now, length_) && anything_current();
}

void rate_aware_batcher::recover(duration now) {
  traffic_.restart(now);
  auto times = placing_times(free_);
  for (const auto& s : streams_) {
    auto more = placing_times(s->stream.messages());
    times.insert(times.end(), more.begin(), more.end());
  }
  auto anchor = plausible_anchor(std::move(times), length_);
  // Quiet, not lost.
  if (start_ <= anchor && anchor < end_) return;
  traffic_.recovered();
  auto all = take_all();
  open(anchor);
  data_time_ = anchor;
  for (auto& m : all) {
    if (placing_time(m) - end_ > plausible_lengths * length_)
      free_.push_back(std::move(m));
    else
      place(std::move(m));
  }
}

std::optional<message_batch> rate_aware_batcher::flush() {
  if (!open_) return std::nullopt;
  auto all = take_all();
  open_ = false;
  if (all.empty()) return std::nullopt;
  // The stream ends with its newest message; the window is not claimed beyond it.
  auto end = std::max(start_, plausible_anchor(placing_times(all), length_));
  return message_batch{start_, end, std::move(all)};
}

} // namespace livedata
