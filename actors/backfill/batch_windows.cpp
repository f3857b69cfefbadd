#include "actors/backfill/batch_windows.hpp"

#include "actors/archive_fields.hpp"

#include <algorithm>
#include <string>
#include <vector>

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

void batch_windows::state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes) {
  struct saved_stray {
    message_position position;
    std::string stream;
    timestamp start;
    timestamp end;

    void state(archive& inner) {
      fields::add(inner, "position", position);
      inner.field("stream", stream);
      inner.field("start", start);
      inner.field("end", end);
    }
  };

  std::vector<timestamp> starts;
  std::vector<timestamp> ends;
  for (const auto& w : known_) {
    starts.push_back(w.start);
    ends.push_back(w.end);
  }
  std::vector<saved_stray> strays;
  for (const auto& key : order_of_strays_)
    if (const auto stray = strays_.find(key); stray != strays_.end())
      strays.push_back({key.first, key.second, stray->second.start, stray->second.end});
  a.field("starts", starts);
  a.field("ends", ends);
  a.field("strays", strays);
  if (!a.loading()) return;
  if (starts.size() != ends.size()) a.refuse("starts", "have not one end each");
  known_.clear();
  strays_.clear();
  order_of_strays_.clear();
  for (std::size_t i = 0; i < starts.size(); ++i)
    known_.push_back({starts[i], ends[i]});
  for (const auto& s : strays)
    if (const auto lane = lanes.find(s.position.lane); lane != lanes.end()) {
      message_key key{{lane->second, s.position.offset}, s.stream};
      strays_.insert_or_assign(key, batch_window{s.start, s.end});
      order_of_strays_.push_back(std::move(key));
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
