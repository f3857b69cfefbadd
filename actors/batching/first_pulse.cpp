#include "actors/batching/first_pulse.hpp"

#include "actors/batching/batch_constants.hpp"
#include "actors/batching/placing.hpp"

#include <algorithm>
#include <utility>

namespace livedata {

using namespace batching;

std::vector<stream_message> first_pulse::add(std::vector<stream_message> messages, duration now) {
  if (over_) return messages;
  for (const auto& m : messages) {
    if (!has_pulses(m.stream.kind)) continue;
    newest_came_ = now;
    auto t = placing_time(m);
    auto& newest = newest_.try_emplace(m.stream, t).first->second;
    newest = std::max(newest, t);
  }
  move_behind(held_, messages);
  if (now.ns == 0 || (newest_.empty() && !held_.empty())) return release();
  if (held_.empty()) return {};
  if (!pulse_) {
    since_ = now;
    std::vector<timestamp> times;
    for (const auto& [stream, t] : newest_)
      times.push_back(t);
    pulse_ = plausible_anchor(std::move(times), patience_first_pulse);
  }
  auto waited = now - since_ >= patience_first_pulse || now - newest_came_ >= calm_after_first_pulse;
  return whole() || waited ? release() : std::vector<stream_message>{};
}

bool first_pulse::whole() const {
  return std::ranges::all_of(newest_, [&](const auto& s) { return s.second > *pulse_; });
}

std::vector<stream_message> first_pulse::release() {
  over_ = true;
  if (pulse_) {
    auto later = std::stable_partition(held_.begin(), held_.end(),
                                       [&](const auto& m) { return !has_pulses(m.stream.kind) || m.time <= *pulse_; });
    rest_.assign(std::make_move_iterator(later), std::make_move_iterator(held_.end()));
    held_.erase(later, held_.end());
  }
  return std::exchange(held_, {});
}

std::vector<stream_message> first_pulse::take_rest() {
  return std::exchange(rest_, {});
}

std::vector<stream_message> first_pulse::end() {
  return over_ ? std::vector<stream_message>{} : release();
}

} // namespace livedata
