// The portions that a source holds for one coordinator until there is credit: a bounded queue. What is worth least is
// dropped first (drop_choice), and it says what. Plain code.
#pragma once

#include "actors/messages.hpp"
#include "actors/source/drop_choice.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// Puts `first` before what is there.
void prepend(std::vector<control_message>& to, std::vector<control_message> first);

// Bytes that a message takes with its content, whoever else shares that.
std::uint64_t bytes_of(const stream_message& m);

class outbox {
public:
  using portion = message_portion;

  // What was dropped of a portion. `whole`: nothing of the portion is left.
  struct cut {
    std::uint64_t portion = 0;
    // Ascending; as it was when it was pushed.
    std::vector<std::uint32_t> places;
    bool whole = false;
  };

  struct losses {
    std::map<std::string, message_count> by_stream;
    // At most one for each portion.
    std::vector<cut> cuts;
  };

  // `limit`: most messages held, at least 1. `credit`: portions that may be sent at once.
  outbox(std::size_t limit, std::uint32_t credit) : limit_(limit), credit_(credit) {}

  // Queues a portion, and gives what was dropped so that the queue holds no more messages than the limit. Control
  // messages are never dropped. A portion that has become empty goes, too, if another is behind it, which then has its
  // control messages.
  losses push(portion p);

  // Drops so many bytes at least, as far as there is data; settings stay. `keep_newest`: so does the newest message.
  losses shed(std::uint64_t bytes, bool keep_newest);

  // Drops the messages at these places (ascending) of a portion, and adds them to `into`. A replay uses it to lose what
  // the recorded run lost.
  static void drop(portion& p, std::span<const std::uint32_t> places, std::map<std::string, message_count>& into);

  void add_credit(std::uint32_t n) { credit_ += n; }

  // The coordinator has ended: drops what is held and all that comes. Gives what was dropped now, by stream.
  std::map<std::string, message_count> close();

  // The next portion if there is one and credit for it.
  std::optional<portion> pop();

  bool empty() const noexcept { return queue_.empty(); }

  // Whether the next portion would go out at once. True also when the coordinator has ended.
  bool is_ready() const noexcept { return queue_.empty() && (credit_ > 0 || closed_); }

  // Messages that are held, by a count that is kept.
  std::size_t messages() const noexcept { return held_; }

  // Bytes that they take.
  std::uint64_t bytes() const noexcept { return bytes_; }

  // What is held, counted one by one.
  message_count count() const;

private:
  struct queued {
    portion content;
    // By message: its place in the portion when that was pushed, and what it takes.
    std::vector<std::uint32_t> places;
    std::vector<std::uint64_t> bytes;
  };

  enum class scarce : std::uint8_t { messages, bytes };

  void drop(scarce what, const drop_rules& rules, losses& into);
  void remove_empty(losses& into);

  std::size_t limit_;
  std::uint32_t credit_;
  std::deque<queued> queue_;
  std::size_t held_ = 0;
  std::uint64_t bytes_ = 0;
  bool closed_ = false;
};

} // namespace livedata
