#include "transport/simulator/pulse_pool.hpp"

#include "messages/codec/ev44.hpp"

#include <deque>
#include <mutex>
#include <utility>

namespace livedata {

using buffer = std::vector<std::byte>;

class message_pool::store {
public:
  explicit store(buffer message) {
    all_.push_back(std::move(message));
    free_.push_back(&all_.back());
  }

  // A buffer that nobody reads.
  buffer* take() {
    if (auto* taken = take_free()) return taken;
    // Readers may be at the first buffer at the same time; nobody writes to it while it is not taken.
    all_.push_back(all_.front());
    // Room now, so that giving back cannot fail.
    std::lock_guard lock(mutex_);
    free_.reserve(all_.size());
    return &all_.back();
  }

  void give_back(buffer* b) noexcept {
    std::lock_guard lock(mutex_);
    free_.push_back(b);
  }

  std::size_t buffers() const noexcept { return all_.size(); }

private:
  buffer* take_free() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    auto* taken = free_.back();
    free_.pop_back();
    return taken;
  }

  // Used by the taking thread alone. A deque, so that buffers stay where they are.
  std::deque<buffer> all_;
  std::mutex mutex_;
  std::vector<buffer*> free_;
};

class message_pool::lent_buffer final : public payload {
public:
  lent_buffer(std::shared_ptr<store> owner, buffer* lent) : owner_(std::move(owner)), lent_(lent) {}

  ~lent_buffer() override { owner_->give_back(lent_); }

  std::span<const std::byte> bytes() const noexcept override { return *lent_; }

  void stamp(timestamp reference_time) { ev44::restamp(*lent_, reference_time); }

private:
  std::shared_ptr<store> owner_;
  buffer* lent_;
};

message_pool::message_pool(buffer message) : store_(std::make_shared<store>(std::move(message))) {}

payload_ptr message_pool::stamped(timestamp reference_time) {
  auto lent = std::make_shared<lent_buffer>(store_, store_->take());
  lent->stamp(reference_time);
  return lent;
}

std::size_t message_pool::buffers() const {
  return store_->buffers();
}

} // namespace livedata
