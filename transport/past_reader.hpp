// Reads a transport again, from a time in the past, without touching the reading that goes on. Plain code.
#pragma once

#include "messages/message_position.hpp"
#include "messages/raw_message.hpp"
#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace livedata {

// What is to be read again.
struct past_topics {
  // Data counts from here on.
  timestamp from;
  std::vector<std::string> data;
  // Topics of context; what was in force at `from` was sent before.
  std::vector<std::string> context;
};

class past_reader {
public:
  past_reader() = default;
  past_reader(const past_reader&) = delete;
  past_reader& operator=(const past_reader&) = delete;
  virtual ~past_reader() = default;

  struct portion {
    // In the order of each lane, and as far as the transport tells in that of their times. With positions.
    std::vector<raw_message> messages;
    // Nothing is left before the place asked for.
    bool done = false;
  };

  // The next messages, none of them at or behind `until` in its lane, at most `most`. Returns soon, also with nothing.
  // Asked with a later `until`, it goes on from where it stopped. The failure says why the past cannot be read.
  virtual result<portion> read(const lane_offsets& until, std::size_t most) = 0;
};

// May wait for the transport. The failure says why the past cannot be read, such as that it was deleted.
using past_opener = std::function<result<std::unique_ptr<past_reader>>(const past_topics&)>;

} // namespace livedata
