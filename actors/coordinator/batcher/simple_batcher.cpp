#include "actors/coordinator/batcher/simple_batcher.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace livedata {

namespace {

constexpr auto by_time = [](const stream_message& a, const stream_message& b) { return a.time < b.time; };

} // namespace

simple_batcher::simple_batcher(duration length) : length_(length) {
  if (length.ns <= 0) throw std::invalid_argument("the length of a batch must be positive");
}

std::optional<message_batch> simple_batcher::add(std::vector<stream_message> messages) {
  if (!active_) {
    if (messages.empty()) return std::nullopt;
    return open_first(std::move(messages));
  }
  for (auto& m : messages)
    place(std::move(m));
  if (future_.empty() || !may_close()) return std::nullopt;
  return close();
}

message_batch simple_batcher::open_first(std::vector<stream_message> messages) {
  std::vector<timestamp> times;
  times.reserve(messages.size());
  for (const auto& m : messages)
    times.push_back(m.time);
  auto start = *std::min_element(times.begin(), times.end());
  auto end = plausible_anchor(std::move(times), length_);
  active_ = message_batch{end, end + length_, {}};
  return {start, end, std::move(messages)};
}

void simple_batcher::place(stream_message m) {
  auto& where = m.time < active_->end ? active_->messages : future_;
  where.push_back(std::move(m));
}

bool simple_batcher::may_close() const {
  if (active_->messages.empty()) return true;
  auto newest = std::max_element(active_->messages.begin(), active_->messages.end(), by_time)->time;
  return active_->end + length_ <= newest + 3 * length_;
}

message_batch simple_batcher::close() {
  message_batch next{active_->end, active_->end + length_, {}};
  auto later = std::stable_partition(future_.begin(), future_.end(), [&](const auto& m) { return m.time < next.end; });
  next.messages.assign(std::make_move_iterator(future_.begin()), std::make_move_iterator(later));
  future_.erase(future_.begin(), later);
  return std::exchange(*active_, std::move(next));
}

std::optional<message_batch> simple_batcher::flush() {
  if (!active_) return std::nullopt;
  auto last = std::move(*active_);
  active_.reset();
  last.messages.insert(last.messages.end(), std::make_move_iterator(future_.begin()),
                       std::make_move_iterator(future_.end()));
  future_.clear();
  if (last.messages.empty()) return std::nullopt;
  // The stream ends with its newest message; the window is not claimed beyond it.
  last.end = std::max(last.start, std::max_element(last.messages.begin(), last.messages.end(), by_time)->time);
  return last;
}

} // namespace livedata
