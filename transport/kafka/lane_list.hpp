// The partitions that are read from now on, by number. The list grows while it is read: partitions are added to topics,
// and topics are made anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace livedata {

struct kafka_lane {
  std::string topic;
  std::int32_t partition = 0;
  // Where the reading began.
  std::int64_t begin = 0;
  // Its topic was deleted or made anew. What it had is not on the broker any more.
  bool gone = false;
};

// May be used by several threads.
class lane_list {
public:
  void add(kafka_lane lane) {
    std::lock_guard lock(mutex_);
    lanes_.push_back(std::move(lane));
  }

  void mark_gone(std::size_t number) {
    std::lock_guard lock(mutex_);
    lanes_.at(number).gone = true;
  }

  std::vector<kafka_lane> get() const {
    std::lock_guard lock(mutex_);
    return lanes_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<kafka_lane> lanes_;
};

} // namespace livedata
