// Keeps every message in memory, in order of delivery.
#pragma once

#include "actors/publisher/result_sink.hpp"
#include "messages/outgoing.hpp"
#include "messages/payload.hpp"

#include <mutex>
#include <span>
#include <vector>

namespace livedata {

// The messages may be read from another thread at any time.
class memory_sink final : public result_sink {
public:
  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;

  // The results.
  std::vector<payload_ptr> messages() const;
  // The messages that are no results.
  std::vector<outgoing_message> sent() const;

private:
  mutable std::mutex mutex_;
  std::vector<payload_ptr> messages_;
  std::vector<outgoing_message> sent_;
};

} // namespace livedata
