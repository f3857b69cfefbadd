#include "actors/backfill/batch_windows.hpp"

#include <algorithm>

namespace livedata {

void batch_windows::add(batch_window w) {
  if (!known_.empty() && w.start < known_.back().end) return;
  if (w.end < w.start) return;
  known_.push_back(w);
  if (known_.size() > limit_) known_.pop_front();
}

void batch_windows::add(const message_batch& batch) {
  batch_window w{batch.start, batch.end};
  add(w);
  for (const auto& m : batch.messages) {
    if (!m.position.known() || (m.time >= w.start && m.time < w.end)) continue;
    message_key key{m.position, m.stream.name};
    strays_.insert_or_assign(key, w);
    order_of_strays_.push_back(std::move(key));
    if (order_of_strays_.size() <= limit_) continue;
    strays_.erase(order_of_strays_.front());
    order_of_strays_.pop_front();
  }
}

batch_window batch_windows::of(const stream_message& m) const {
  auto stray = strays_.find({m.position, m.stream.name});
  return stray == strays_.end() ? of(m.time) : stray->second;
}

batch_window batch_windows::of(timestamp t) const {
  if (t < first().start) {
    // The distance may be beyond 63 bits. The end is not: it lies between `t` and the first window.
    auto distance = static_cast<std::uint64_t>(first().start.ns) - static_cast<std::uint64_t>(t.ns);
    auto length = static_cast<std::uint64_t>(length_.ns);
    auto behind = (distance - 1) / length * length;
    timestamp end{static_cast<std::int64_t>(static_cast<std::uint64_t>(first().start.ns) - behind)};
    return {end - length_, end};
  }
  auto i = std::partition_point(known_.begin(), known_.end(), [&](const auto& w) { return w.end <= t; });
  return i == known_.end() ? last() : *i;
}

std::optional<batch_window> batch_windows::from(timestamp t) const {
  if (t <= first().start) {
    auto w = of(t);
    if (w.start == t) return w;
    return w.end == first().start || t == first().start ? first() : batch_window{w.end, w.end + length_};
  }
  auto i = std::partition_point(known_.begin(), known_.end(), [&](const auto& w) { return w.start < t; });
  return i == known_.end() ? std::nullopt : std::optional(*i);
}

} // namespace livedata
