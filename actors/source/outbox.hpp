// What a source holds for one coordinator until it has credit: a bounded queue that drops the oldest messages first,
// and says which. Plain code.
#pragma once

#include "messages/control.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

class outbox {
public:
  struct portion {
    std::vector<stream_message> messages;
    timestamp received;
    std::vector<control_message> control = {};
  };

  struct loss {
    std::uint64_t messages = 0;
    std::uint64_t events = 0;
  };

  // `limit`: most messages held, at least 1. `credit`: portions that may be sent at once.
  outbox(std::size_t limit, std::uint32_t credit) : limit_(limit), credit_(credit) {}

  // Queues a portion; if that makes too many messages, whole portions are dropped from the front, and the rest of a
  // portion that alone is larger than the limit. Gives what was dropped, by stream. Control messages are never dropped:
  // those of a dropped portion come with the next.
  std::map<std::string, loss> push(portion p);

  void add_credit(std::uint32_t n) { credit_ += n; }

  // The next portion if there is one and credit for it.
  std::optional<portion> pop();

  bool empty() const noexcept { return queue_.empty(); }

  bool has_credit() const noexcept { return credit_ > 0; }

  std::size_t messages() const noexcept { return held_; }

private:
  std::size_t limit_;
  std::uint32_t credit_;
  std::deque<portion> queue_;
  std::size_t held_ = 0;
};

} // namespace livedata
