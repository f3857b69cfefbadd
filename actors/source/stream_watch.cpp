#include "actors/source/stream_watch.hpp"

#include <algorithm>
#include <utility>

namespace livedata {

namespace {

constexpr std::int64_t pauses_of_silence = 3;

} // namespace

void stream_watch::heard(const std::string& stream, duration at) {
  const auto [i, added] = streams_.try_emplace(stream, entry{at, {}});
  auto& e = i->second;
  if (added) return;
  const auto pause = at - e.last;
  e.last = std::max(e.last, at);
  if (std::exchange(e.silent, false)) {
    e.back_after = pause;
    return;
  }
  e.pause = std::max(pause, duration{e.pause.ns / 10 * 9});
}

stream_watch::changes stream_watch::look(duration now) {
  changes out;
  const auto note = [](change& c, const std::string& stream, duration d) {
    c.streams.push_back(stream);
    c.seconds = std::max(c.seconds, d.seconds());
  };
  for (auto& [stream, e] : streams_) {
    if (auto after = std::exchange(e.back_after, std::nullopt)) note(out.back, stream, *after);
    if (e.silent || now - e.last < std::max(least_silence, pauses_of_silence * e.pause)) continue;
    e.silent = true;
    note(out.silent, stream, now - e.last);
  }
  return out;
}

std::vector<silent_stream> stream_watch::silent(duration now) const {
  std::vector<silent_stream> out;
  for (const auto& [stream, e] : streams_)
    if (e.silent) out.push_back({stream, (now - e.last).seconds()});
  return out;
}

std::optional<double> stream_watch::no_data(duration now) const {
  auto last = begin_;
  for (const auto& [stream, e] : streams_) {
    if (!e.silent) return std::nullopt;
    last = std::max(last, e.last);
  }
  if (now - last < least_silence) return std::nullopt;
  return (now - last).seconds();
}

} // namespace livedata
