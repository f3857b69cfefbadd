// Messages that are made one after the other and dropped together: they share one buffer.
#pragma once

#include "messages/payload.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace livedata {

// Keeps the buffer of a dropped bundle for the next one. A bundle may be dropped on any thread.
class bundle_memory {
public:
  // Empty, with room for as much as the last bundle had.
  std::vector<std::byte> take() {
    std::unique_lock lock(mutex_);
    auto memory = std::exchange(spare_, {});
    const auto size = last_size_;
    lock.unlock();
    memory.clear();
    memory.reserve(size);
    return memory;
  }

  // Keeps this buffer and frees the one that it had: else as many would be kept as there were bundles at a time.
  void give(std::vector<std::byte> memory) {
    std::lock_guard lock(mutex_);
    last_size_ = memory.size();
    spare_.swap(memory);
  }

private:
  std::mutex mutex_;
  std::vector<std::byte> spare_;
  std::size_t last_size_ = 0;
};

class payload_bundle {
public:
  explicit payload_bundle(std::shared_ptr<bundle_memory> memory)
    : memory_(std::move(memory)), bytes_(memory_->take()) {}

  payload_bundle(const payload_bundle&) = delete;
  payload_bundle& operator=(const payload_bundle&) = delete;

  ~payload_bundle() { memory_->give(std::move(bytes_)); }

  // Calls `write(bytes)`, which appends a message to the buffer or throws, and gives that message. The message keeps
  // the whole bundle. No message of the bundle may be read until the last one is written.
  template <class Write>
  static payload_ptr add(const std::shared_ptr<payload_bundle>& bundle, Write&& write) {
    const auto first = bundle->bytes_.size();
    write(bundle->bytes_);
    auto& message = bundle->messages_.emplace_back(bundle->bytes_, first, bundle->bytes_.size() - first);
    return {bundle, &message};
  }

private:
  class slice final : public payload {
  public:
    slice(const std::vector<std::byte>& bytes, std::size_t first, std::size_t size)
      : all_(bytes), first_(first), size_(size) {}

    std::span<const std::byte> bytes() const noexcept override { return std::span(all_).subspan(first_, size_); }

  private:
    const std::vector<std::byte>& all_;
    std::size_t first_;
    std::size_t size_;
  };

  std::shared_ptr<bundle_memory> memory_;
  std::vector<std::byte> bytes_;
  // A deque, because messages point to its elements.
  std::deque<slice> messages_;
};

} // namespace livedata
