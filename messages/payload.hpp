// The bytes of one received or produced message. A payload is made once, never changed, and shared until its last
// reader drops it. The derived class owns the memory: a Kafka message, a buffer of a pool.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace livedata {

class payload {
public:
  payload() = default;
  payload(const payload&) = delete;
  payload& operator=(const payload&) = delete;
  virtual ~payload() = default;

  // The content. No alignment is promised.
  virtual std::span<const std::byte> bytes() const noexcept = 0;
};

using payload_ptr = std::shared_ptr<const payload>;

// A payload that owns a plain buffer.
class buffer_payload final : public payload {
public:
  explicit buffer_payload(std::vector<std::byte> data) : data_(std::move(data)) {}

  std::span<const std::byte> bytes() const noexcept override { return data_; }

private:
  std::vector<std::byte> data_;
};

inline payload_ptr make_payload(std::vector<std::byte> data) {
  return std::make_shared<buffer_payload>(std::move(data));
}

} // namespace livedata
