// One prepared message that is sent again and again with new pulse times. A reader may hold a message as long as it
// needs. When the last reader, on any thread, drops it, its buffer is used again for another pulse time.
#pragma once

#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace livedata {

// A lock guards the list of free buffers, and nothing else. A message may outlive the pool.
class message_pool {
public:
  // `message` is an ev44 message with a reference time.
  explicit message_pool(std::vector<std::byte> message);

  // The message with that reference time, in a free buffer, or in a new copy if there is none. So there are as many
  // buffers as messages are held at a time. Call it from one thread at a time.
  payload_ptr stamped(timestamp reference_time);

  // Buffers made so far. Call it from the thread of stamped().
  std::size_t buffers() const;

private:
  class store;
  class lent_buffer;

  std::shared_ptr<store> store_;
};

} // namespace livedata
