// Tells when librdkafka has to be reminded to read on. When it has read ahead of a reader as much as it may, it looks
// again after up to a second, however fast the reader is meanwhile. Plain code.
#pragma once

#include <cstddef>

namespace livedata {

class read_ahead {
public:
  // `limit`: bytes that may be read ahead.
  explicit read_ahead(std::size_t limit) : limit_(limit) {}

  // A message of so many bytes was taken.
  void taken(std::size_t bytes) { mean_ += (static_cast<double>(bytes) - mean_) / (mean_ == 0 ? 1 : memory); }

  // So many messages are read ahead. True, once, when they had been about as many as may be and are less than half of
  // that.
  bool should_remind(std::size_t messages) {
    auto bytes = static_cast<double>(messages) * mean_;
    auto limit = static_cast<double>(limit_);
    if (bytes >= nearly_full * limit) full_ = true;
    if (!full_ || bytes >= half * limit) return false;
    full_ = false;
    return true;
  }

private:
  // Messages that the mean size looks back on.
  static constexpr double memory = 100;
  static constexpr double nearly_full = 0.7;
  static constexpr double half = 0.5;

  std::size_t limit_;
  double mean_ = 0;
  bool full_ = false;
};

} // namespace livedata
