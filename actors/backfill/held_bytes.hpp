// Counts the bytes of the data that backfill holds. Any thread may use it. Plain code.
#pragma once

#include "workflows/workflow.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace livedata {

// All copies of a counter count together.
class held_bytes {
public:
  std::size_t get() const noexcept { return *total_; }

  // The same value, which counts with so many bytes until the last copy of the pointer is gone. So a value that several
  // owners share counts once.
  template <class T>
  std::shared_ptr<T> count(std::shared_ptr<T> value, std::size_t bytes) const {
    if (!value) return value;
    *total_ += bytes;
    auto* content = value.get();
    return {content, [value = std::move(value), bytes, total = total_](T*) { *total -= bytes; }};
  }

  // The same for the value of a stream: payloads of events, numbers of arrays. The series of a log does not count, for
  // the service keeps it anyway.
  stream_value count(const stream_value& value) const;

private:
  std::shared_ptr<std::atomic<std::size_t>> total_ = std::make_shared<std::atomic<std::size_t>>(0);
};

// Bytes of data, variances and coordinates.
std::size_t bytes_of(const data_array& array);

} // namespace livedata
