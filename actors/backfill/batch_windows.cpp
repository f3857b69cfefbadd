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
  for (const auto& m : batch.messages)
    if (m.position.known() && (m.time < w.start || m.time >= w.end)) add_stray(m.position, number_of(m.stream.name), w);
}

std::uint32_t batch_windows::number_of(const std::string& stream) {
  const auto at = std::ranges::find(streams_, stream);
  if (at == streams_.end()) {
    streams_.push_back(stream);
    return static_cast<std::uint32_t>(streams_.size() - 1);
  }
  return static_cast<std::uint32_t>(at - streams_.begin());
}

void batch_windows::add_stray(const message_position& p, std::uint32_t stream, const batch_window& w) {
  auto& of_lane = strays_[p.lane];
  const stray s{p.offset, stream, w};
  // Nearly always behind all others.
  const auto at = of_lane.empty() || of_lane.back().place() < s.place()
                    ? of_lane.end()
                    : std::ranges::lower_bound(of_lane, s.place(), {}, &stray::place);
  if (at != of_lane.end() && at->place() == s.place()) {
    at->window = w;
    return;
  }
  of_lane.insert(at, s);
  if (++stray_count_ > stray_limit_) forget_oldest_stray();
}

void batch_windows::forget_oldest_stray() {
  auto oldest = strays_.end();
  for (auto lane = strays_.begin(); lane != strays_.end(); ++lane)
    if (!lane->second.empty() &&
        (oldest == strays_.end() || lane->second.front().window.end < oldest->second.front().window.end))
      oldest = lane;
  oldest->second.pop_front();
  --stray_count_;
}

void batch_windows::state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes) {
  std::vector<timestamp> starts;
  std::vector<timestamp> ends;
  for (const auto& w : known_) {
    starts.push_back(w.start);
    ends.push_back(w.end);
  }
  // Column by column: there may be a hundred thousand.
  std::vector<std::uint32_t> stray_lanes;
  std::vector<std::int64_t> stray_offsets;
  std::vector<std::uint32_t> stray_streams;
  std::vector<timestamp> stray_starts;
  std::vector<timestamp> stray_ends;
  for (const auto& [lane, strays] : strays_)
    for (const auto& s : strays) {
      stray_lanes.push_back(lane);
      stray_offsets.push_back(s.offset);
      stray_streams.push_back(s.stream);
      stray_starts.push_back(s.window.start);
      stray_ends.push_back(s.window.end);
    }
  a.field("starts", starts);
  a.field("ends", ends);
  a.field("streams", streams_);
  a.field("stray_lanes", stray_lanes);
  a.field("stray_offsets", stray_offsets);
  a.field("stray_streams", stray_streams);
  a.field("stray_starts", stray_starts);
  a.field("stray_ends", stray_ends);
  if (!a.loading()) return;
  if (starts.size() != ends.size()) a.refuse("starts", "have not one end each");
  const auto n = stray_lanes.size();
  for (const auto size : {stray_offsets.size(), stray_streams.size(), stray_starts.size(), stray_ends.size()})
    if (size != n) a.refuse("stray_lanes", "have not one of each column");
  if (std::ranges::any_of(stray_streams, [this](auto s) { return s >= streams_.size(); }))
    a.refuse("stray_streams", "name a stream that is not there");
  known_.clear();
  strays_.clear();
  stray_count_ = 0;
  for (std::size_t i = 0; i < starts.size(); ++i)
    known_.push_back({starts[i], ends[i]});
  for (std::size_t i = 0; i < n; ++i)
    if (const auto lane = lanes.find(stray_lanes[i]); lane != lanes.end())
      add_stray({lane->second, stray_offsets[i]}, stray_streams[i], {stray_starts[i], stray_ends[i]});
}

batch_window batch_windows::of(const stream_message& m) const {
  const auto of_lane = strays_.find(m.position.lane);
  const auto stream = std::ranges::find(streams_, m.stream.name);
  if (of_lane == strays_.end() || stream == streams_.end()) return of(m.time);
  const std::pair place(m.position.offset, static_cast<std::uint32_t>(stream - streams_.begin()));
  const auto at = std::ranges::lower_bound(of_lane->second, place, {}, &stray::place);
  return at != of_lane->second.end() && at->place() == place ? at->window : of(m.time);
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
