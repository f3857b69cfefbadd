#include "actors/batching/naive_batcher.hpp"

#include "actors/batching/placing.hpp"

#include <algorithm>

namespace livedata {

naive_batcher::naive_batcher(duration length) : length_(batching::checked_length(length)) {}

std::optional<message_batch> naive_batcher::add(std::vector<stream_message> messages, duration) {
  if (messages.empty()) return std::nullopt;
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  auto start = floor_to(batching::placing_time(messages.front()), pulse_period);
  auto newest = batching::placing_time(messages.back());
  auto end = floor_to(newest, pulse_period);
  if (end < newest) end = end + pulse_period;
  return message_batch{start, end, std::move(messages)};
}

// It keeps nothing.
void naive_batcher::state(archive& a, held_messages&, duration) {
  fields::add(a, "length", length_);
}

void naive_batcher::set_batch_length(duration length) {
  length_ = batching::checked_length(length);
}

} // namespace livedata
