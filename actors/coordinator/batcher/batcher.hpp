// Cuts the stream of messages into batches by data time. Pure: no clock, so the same messages in the same portions give
// the same batches, however fast they come.
#pragma once

#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace livedata {

// Messages of the data time [start, end), in order of arrival; late ones of earlier times may be among them.
struct message_batch {
  timestamp start;
  timestamp end;
  std::vector<stream_message> messages;
};

class batcher {
public:
  batcher() = default;
  batcher(const batcher&) = delete;
  batcher& operator=(const batcher&) = delete;
  virtual ~batcher() = default;

  // Takes in newly arrived messages, possibly none; gives a batch if one is complete, at most one a call.
  virtual std::optional<message_batch> add(std::vector<stream_message> messages) = 0;

  // Ends the stream: a batch with everything that is still held, if there is anything.
  virtual std::optional<message_batch> flush() = 0;

  virtual duration batch_length() const = 0;
};

// The time that a group of messages stands for, robust against single absurd times: times further apart than three
// batch lengths belong to different groups; the largest group wins, the later one of equals; its largest time is the
// answer. `times` must not be empty.
timestamp plausible_anchor(std::vector<timestamp> times, duration batch_length);

// The batcher of that name; std::invalid_argument if there is none.
std::unique_ptr<batcher> make_batcher(std::string_view kind, duration length);

} // namespace livedata
