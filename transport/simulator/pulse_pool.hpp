// One prepared message that is sent again and again with new pulse times. Readers hold a message as long as they like;
// its buffer comes back when the last lets go, on whatever thread, and is then stamped anew.
#pragma once

#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace livedata {

// A lock guards the list of buffers that have come back, and nothing else. Buffers belong to the pool and to every
// message that is still read, so that a reader may outlive the pool.
class message_pool {
public:
  // `message` is an ev44 message with a reference time.
  explicit message_pool(std::vector<std::byte> message);

  // The message with that reference time. Takes a buffer that nobody reads; clones one if all are read, so that readers
  // who fall behind cost memory: as many buffers as messages are held at a time. To be called from one thread at a
  // time.
  payload_ptr stamped(timestamp reference_time);

  // Buffers made so far. To be called from the thread of stamped().
  std::size_t buffers() const;

private:
  class store;
  class lent_buffer;

  std::shared_ptr<store> store_;
};

} // namespace livedata
