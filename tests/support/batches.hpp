// Messages and polls for tests of batchers. Times are in seconds after `epoch`.
#pragma once

#include "actors/batching/batcher.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace livedata::test {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t epoch = 1'790'000'000 * second;

inline timestamp seconds_in(double s) {
  return {epoch + static_cast<std::int64_t>(std::llround(s * 1e9))};
}

inline double seconds_of(timestamp t) {
  return static_cast<double>(t.ns - epoch) * 1e-9;
}

inline stream_message message(stream_kind kind, const std::string& name, timestamp t) {
  if (kind == stream_kind::log) return {{kind, name}, t, log_sample{t, 0.0, {}, {}}};
  return {{kind, name}, t, event_chunk{}};
}

inline stream_message pulse(double s, const std::string& name = "detector") {
  return message(stream_kind::detector_events, name, seconds_in(s));
}

inline stream_message monitor_pulse(double s, const std::string& name = "monitor") {
  return message(stream_kind::monitor_events, name, seconds_in(s));
}

inline stream_message log_message(double s, const std::string& name = "log") {
  return message(stream_kind::log, name, seconds_in(s));
}

// Pulses k / rate for first <= k < last.
inline std::vector<stream_message> pulses(double rate, int first, int last, double offset = 0,
                                          const std::string& name = "detector") {
  std::vector<stream_message> out;
  for (int k = first; k < last; ++k)
    out.push_back(pulse(offset + k / rate, name));
  return out;
}

inline std::size_t count_of(const message_batch& b, const std::string& name) {
  return static_cast<std::size_t>(
    std::ranges::count_if(b.messages, [&](const auto& m) { return m.stream.name == name; }));
}

// One call for each message; the batches that came.
inline std::vector<message_batch> feed(batcher& b, const std::vector<stream_message>& messages, duration now = {}) {
  std::vector<message_batch> out;
  for (const auto& m : messages)
    if (auto batch = b.add({m}, now)) out.push_back(std::move(*batch));
  return out;
}

inline std::size_t total(const std::vector<message_batch>& batches) {
  std::size_t n = 0;
  for (const auto& b : batches)
    n += b.messages.size();
  return n;
}

} // namespace livedata::test
