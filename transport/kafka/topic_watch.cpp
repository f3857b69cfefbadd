#include "transport/kafka/topic_watch.hpp"

#include <utility>

namespace livedata {

namespace {

constexpr auto lookup_patience = std::chrono::milliseconds(1000);

} // namespace

topic_watch::topic_watch(std::shared_ptr<kafka_client> client, topic_lookup lookup, std::chrono::milliseconds interval)
  : client_(std::move(client)), lookup_(std::move(lookup)), interval_(interval),
    thread_([this](const std::stop_token& over) { run(over); }) {}

topic_watch::~topic_watch() {
  thread_.request_stop();
  thread_.join();
}

std::optional<topic_counts> topic_watch::take() {
  std::lock_guard lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

void topic_watch::look_now() {
  std::lock_guard lock(mutex_);
  wanted_ = true;
  due_.notify_one();
}

void topic_watch::run(const std::stop_token& over) {
  while (!over.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      due_.wait_for(lock, over, interval_, [this] { return wanted_; });
      wanted_ = false;
    }
    if (over.stop_requested()) return;
    auto there = lookup_(*client_, lookup_patience);
    if (!there) continue;
    std::lock_guard lock(mutex_);
    answer_ = std::move(*there);
  }
}

} // namespace livedata
