#include "actors/batching/naive_batcher.hpp"

#include "actors/batching/placing.hpp"

#include <algorithm>
#include <iterator>

namespace livedata {

naive_batcher::naive_batcher(duration length) : length_(batching::checked_length(length)) {}

std::optional<message_batch> naive_batcher::add(std::vector<stream_message> messages, duration now) {
  if (messages.empty()) return std::nullopt;
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  const auto newest = end_of(batching::placing_times(messages), now);
  const auto start = floor_to(std::min(batching::placing_time(messages.front()), newest), pulse_period);
  auto end = floor_to(newest, pulse_period);
  if (end < newest) end = end + pulse_period;
  return message_batch{start, end, std::move(messages)};
}

// Nothing is held, and what is believed of times goes by wall time.
void naive_batcher::state(archive& a, held_messages&, duration) {
  fields::add(a, "length", length_);
  if (!a.loading()) return;
  length_ = batching::checked_length(length_);
  last_.reset();
  elsewhere_ = 0;
}

timestamp naive_batcher::end_of(const std::vector<timestamp>& times, duration now) {
  const auto reach = batching::plausible_lengths * length_;
  auto newest = times.back();
  // Without a clock nobody can tell.
  if (last_ && now.ns != 0) {
    const auto furthest = last_->data + (now - last_->wall) + reach;
    const auto ahead = std::ranges::upper_bound(times, furthest);
    tally_.far_ahead += static_cast<std::uint64_t>(times.end() - ahead);
    if (ahead != times.begin()) newest = *std::prev(ahead);
    const auto elsewhere = newest > furthest || newest < last_->data - reach;
    const auto believed = !elsewhere || ++elsewhere_ >= batching::believed_from;
    if (!believed || ahead != times.begin()) tally_.not_followed += static_cast<std::uint64_t>(times.end() - ahead);
    if (!believed) return std::min(newest, furthest);
  }
  elsewhere_ = 0;
  last_ = {newest, now};
  return newest;
}

void naive_batcher::set_batch_length(duration length) {
  length_ = batching::checked_length(length);
}

} // namespace livedata
