// The portions that a source holds for one coordinator until there is credit: a bounded queue. It drops the oldest
// messages first, and says which. Plain code.
#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Puts `first` before what is there.
void prepend(std::vector<control_message>& to, std::vector<control_message> first);

class outbox {
public:
  using portion = message_portion;

  struct loss {
    std::uint64_t messages = 0;
    std::uint64_t events = 0;
  };

  // What was dropped from the front of a portion. `whole`: nothing of the portion is left.
  struct cut {
    std::uint64_t portion = 0;
    std::uint64_t messages = 0;
    bool whole = false;
  };

  struct losses {
    std::map<std::string, loss> by_stream;
    std::vector<cut> cuts;
  };

  // `limit`: most messages held, at least 1. `credit`: portions that may be sent at once.
  outbox(std::size_t limit, std::uint32_t credit) : limit_(limit), credit_(credit) {}

  // Queues a portion, and gives what was dropped. If the queue then holds more messages than the limit, whole portions
  // are dropped from the front. Of a portion that alone is larger than the limit, the first messages are dropped.
  // Control messages are never dropped: those of a dropped portion move to the next one.
  losses push(portion p);

  // Drops that many messages from the front of a portion, and adds them to `into`. A replay uses it to lose what the
  // recorded run lost.
  static void drop(portion& p, std::size_t messages, std::map<std::string, loss>& into);

  void add_credit(std::uint32_t n) { credit_ += n; }

  // The coordinator has ended: drops what is held and all that comes. Gives what was dropped now, by stream.
  std::map<std::string, loss> close();

  // The next portion if there is one and credit for it.
  std::optional<portion> pop();

  bool empty() const noexcept { return queue_.empty(); }

  // Whether the next portion would go out at once. True also when the coordinator has ended.
  bool is_ready() const noexcept { return queue_.empty() && (credit_ > 0 || closed_); }

  std::size_t messages() const noexcept { return held_; }

private:
  std::size_t limit_;
  std::uint32_t credit_;
  std::deque<portion> queue_;
  std::size_t held_ = 0;
  bool closed_ = false;
};

} // namespace livedata
