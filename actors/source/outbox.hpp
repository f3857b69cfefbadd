// What a source holds for one coordinator until it has credit: a bounded queue that drops the oldest messages first,
// and says which. Plain code.
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

  // What was dropped from the front of a portion; all of it if nothing was left.
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

  // Queues a portion; if that makes too many messages, whole portions are dropped from the front, and the rest of a
  // portion that alone is larger than the limit. Gives what was dropped. Control messages are never dropped: those of a
  // dropped portion come with the next.
  losses push(portion p);

  // Drops that many messages from the front of a portion, and notes them; so a replay loses what the run lost.
  static void drop(portion& p, std::size_t messages, std::map<std::string, loss>& into);

  void add_credit(std::uint32_t n) { credit_ += n; }

  // Nobody is there any more: what is held is dropped, as is all that comes. Gives what was dropped, by stream.
  std::map<std::string, loss> close();

  // The next portion if there is one and credit for it.
  std::optional<portion> pop();

  bool empty() const noexcept { return queue_.empty(); }

  // Whether the next portion would go out at once, or nobody waits for it.
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
