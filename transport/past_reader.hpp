// Reads a transport again from a time in the past. The reading of what comes now is not touched. Plain code.
#pragma once

#include "messages/message_position.hpp"
#include "messages/raw_message.hpp"
#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct data_date {
  timestamp time;
  // A value that does not change is sent again and again with the time that it had at first, so that the message may be
  // much newer.
  bool may_be_old = false;
};

// Gives the time of the data in a message that is wanted; nothing for all others. The transport's own times come from
// other clocks.
using data_clock = std::function<std::optional<data_date>(const raw_message&)>;

// What to read again.
struct past_topics {
  // A time of data.
  timestamp from;
  // Read from `from` on.
  std::vector<std::string> data;
  // Read from before `from`, because a value of context holds until the next one. A topic may be in both lists.
  std::vector<std::string> context;
  // Empty: the transport's times are taken for those of the data.
  data_clock data_time = {};
};

class past_reader {
public:
  past_reader() = default;
  past_reader(const past_reader&) = delete;
  past_reader& operator=(const past_reader&) = delete;
  virtual ~past_reader() = default;

  struct portion {
    // In the order of offsets within a lane. Across lanes in the order of time, as far as the transport tells it. Each
    // message has its position.
    std::vector<raw_message> messages;
    // Whether nothing is left before `until`.
    bool done = false;
  };

  // The next messages before `until`, at most `most_messages`. The message that brings the portion to `most_bytes` is
  // its last. Does not wait for long, and may give no message. A later call may have a later `until`: reading goes on
  // from where it stopped. A failure says why the past cannot be read.
  virtual result<portion> read(const lane_offsets& until, std::size_t most_messages, std::size_t most_bytes) = 0;
};

// Opens a reader. May wait for the transport. A failure says why the past cannot be read, such as that it was deleted.
using past_opener = std::function<result<std::unique_ptr<past_reader>>(const past_topics&)>;

} // namespace livedata
