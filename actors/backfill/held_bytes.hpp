// Counts the bytes of the data that backfill holds. Any thread may use it. Plain code.
#pragma once

#include "actors/memory_budget.hpp"
#include "messages/array_bytes.hpp"
#include "workflows/workflow.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace livedata {

// All copies of a counter count together.
class held_bytes {
public:
  held_bytes() = default;

  // What is counted here counts in `whole`, too.
  explicit held_bytes(const memory_budget& whole) : total_(0, whole) {}

  std::size_t get() const noexcept { return total_.used(); }

  // The same value, which counts with so many bytes until the last copy of the pointer is gone. So a value that several
  // owners share counts once.
  template <class T>
  std::shared_ptr<T> count(std::shared_ptr<T> value, std::size_t bytes) const {
    return total_.count(std::move(value), bytes);
  }

  // The same for the value of a stream: payloads of events, numbers of arrays. The series of a log does not count, for
  // the service keeps it anyway.
  stream_value count(const stream_value& value) const;

private:
  memory_budget total_;
};

} // namespace livedata
