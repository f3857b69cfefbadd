// Messages that come from this process itself, such as requests for regions of interest of a viewer: the source takes
// them in with its own, so that they are decoded, routed, recorded and replayed like those of a transport.
#pragma once

#include "messages/raw_message.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace livedata {

// Any thread may add; the source takes.
class raw_inbox {
public:
  static constexpr std::size_t most_messages = 1000;

  // Of too many, the oldest go.
  void add(raw_message m) {
    const std::scoped_lock lock(mutex_);
    if (messages_.size() >= most_messages) messages_.pop_front();
    messages_.push_back(std::move(m));
    any_ = true;
  }

  bool empty() const noexcept { return !any_; }

  std::vector<raw_message> take() {
    const std::scoped_lock lock(mutex_);
    any_ = false;
    std::vector<raw_message> out(std::make_move_iterator(messages_.begin()), std::make_move_iterator(messages_.end()));
    messages_.clear();
    return out;
  }

private:
  std::mutex mutex_;
  std::atomic<bool> any_ = false;
  std::deque<raw_message> messages_;
};

} // namespace livedata
