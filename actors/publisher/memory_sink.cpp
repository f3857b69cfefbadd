#include "actors/publisher/memory_sink.hpp"

namespace livedata {

void memory_sink::deliver(const result_set& results) {
  const std::scoped_lock lock(mutex_);
  for (const auto& r : results.results)
    for (const auto& output : r->outputs)
      messages_.push_back(output.message);
}

void memory_sink::send(std::span<const outgoing_message> messages) {
  const std::scoped_lock lock(mutex_);
  sent_.insert(sent_.end(), messages.begin(), messages.end());
}

std::vector<payload_ptr> memory_sink::messages() const {
  const std::scoped_lock lock(mutex_);
  return messages_;
}

std::vector<outgoing_message> memory_sink::sent() const {
  const std::scoped_lock lock(mutex_);
  return sent_;
}

} // namespace livedata
