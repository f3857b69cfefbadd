// What the hardware could do for a job: the same reads, look-ups and increments, and nothing else. No checks, no
// totals, no images: any pixel is known, any arrival time is in range, as the prepared events see to.
#pragma once

#include "messages/event_chunk.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace livedata::bench {

// One job's part. `map`: screen bin of each pixel, in the smallest integer that holds them all; empty for a monitor.
template <class Bin>
class bare_loop {
public:
  bare_loop(std::vector<Bin> map, std::int32_t first_pixel, std::size_t screen_bins, std::size_t time_bins)
    : map_(std::move(map)), first_pixel_(first_pixel), time_bins_(time_bins),
      per_ns_(static_cast<float>(time_bins) / static_cast<float>(last_ns - first_ns)),
      counts_(screen_bins * time_bins) {}

  void add(const event_chunk& chunk) {
    const auto time = chunk.time_of_arrival;
    const auto pixel = chunk.pixel_id;
    auto* counts = counts_.data();
    const auto* map = map_.data();
    if (map_.empty()) {
      for (std::size_t i = 0; i < time.size(); ++i)
        ++counts[bin(time[i])];
      return;
    }
    for (std::size_t i = 0; i < time.size(); ++i)
      ++counts[map[pixel[i] - first_pixel_] * time_bins_ + bin(time[i])];
  }

  std::uint64_t sum() const {
    std::uint64_t n = 0;
    for (auto c : counts_)
      n += c;
    return n;
  }

private:
  // The simulator's arrival times are normal with a mean of 30 ms and a width of 10 ms: all are in here.
  static constexpr std::int32_t first_ns = -50'000'000;
  static constexpr std::int32_t last_ns = 110'000'000;

  std::size_t bin(std::int32_t t) const noexcept {
    return static_cast<std::size_t>(static_cast<std::int32_t>(static_cast<float>(t - first_ns) * per_ns_));
  }

  std::vector<Bin> map_;
  std::int32_t first_pixel_;
  std::size_t time_bins_;
  float per_ns_;
  std::vector<std::uint32_t> counts_;
};

} // namespace livedata::bench
