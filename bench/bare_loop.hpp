// What the hardware could do for a job: the same reads, look-ups and increments, and nothing else. No checks, no
// totals, no carries, no images: any pixel is known, any arrival time is in range, as the prepared events see to.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/pixel_table.hpp"
#include "workflows/workflow.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace livedata::bench {

// The bins of arrival time: equal ones from 0 to what views have by default.
constexpr std::int32_t bare_last_ns = 71'430'000;

// The same events with every arrival time in range.
inline events_ptr in_range(const event_batch& batch) {
  auto out = std::make_shared<event_batch>();
  for (const auto& chunk : batch.chunks) {
    std::vector<std::byte> bytes(chunk.size() * sizeof(std::int32_t));
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      auto t = std::clamp(chunk.time_of_arrival[i], 0, bare_last_ns - 1000);
      std::memcpy(bytes.data() + i * sizeof t, &t, sizeof t);
    }
    const auto pixels = chunk.pixel_id.size() * sizeof(std::int32_t);
    bytes.insert(bytes.end(), chunk.pixel_id.data(), chunk.pixel_id.data() + pixels);
    auto owner = make_payload(std::move(bytes));
    const auto* data = owner->bytes().data();
    out->add({chunk.pulse_time,
              {data, chunk.size()},
              {data + chunk.size() * sizeof(std::int32_t), chunk.pixel_id.size()},
              owner});
  }
  return out;
}

// One job's part. `maps`: screen bin of each pixel, in the smallest integer that holds them all, one map for each
// replica; batches use them in turn. Empty for a monitor.
template <class Bin>
class bare_loop {
public:
  bare_loop(std::vector<std::vector<Bin>> maps, std::int32_t first_pixel, std::size_t screen_bins,
            std::size_t time_bins)
    : maps_(std::move(maps)), first_pixel_(first_pixel), time_bins_(time_bins),
      per_ns_(static_cast<float>(time_bins) / static_cast<float>(bare_last_ns)), counts_(screen_bins * time_bins) {}

  void add(const event_batch& batch) {
    const Bin* map = nullptr;
    if (!maps_.empty()) {
      map = maps_[next_].data();
      next_ = (next_ + 1) % maps_.size();
    }
    for (const auto& chunk : batch.chunks)
      add(chunk, map);
  }

private:
  void add(const event_chunk& chunk, const Bin* map) {
    const auto time = chunk.time_of_arrival;
    const auto pixel = chunk.pixel_id;
    const auto n = time.size();
    const auto bins = time_bins_;
    const auto first = first_pixel_;
    const auto per_ns = per_ns_;
    auto* counts = counts_.data();
    auto bin = [per_ns](std::int32_t t) {
      return static_cast<std::size_t>(static_cast<std::int32_t>(static_cast<float>(t) * per_ns));
    };
    if (map == nullptr) {
      for (std::size_t i = 0; i < n; ++i)
        ++counts[bin(time[i])];
      return;
    }
    for (std::size_t i = 0; i < n; ++i)
      ++counts[static_cast<std::size_t>(map[pixel[i] - first]) * bins + bin(time[i])];
  }

  std::vector<std::vector<Bin>> maps_;
  std::size_t next_ = 0;
  std::int32_t first_pixel_;
  std::size_t time_bins_;
  float per_ns_;
  std::vector<std::uint8_t> counts_;
};

// The same table in another integer, without checks; pixels that do not show are given some bin.
template <class Bin>
std::vector<Bin> as_map(const pixel_table& table) {
  std::vector<Bin> out(table.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<Bin>(std::max(table.find(table.first_pixel() + static_cast<std::int32_t>(i)), 0));
  return out;
}

} // namespace livedata::bench
