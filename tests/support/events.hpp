// Events for tests, with the memory they need.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/workflow.hpp"

#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

struct event {
  std::int32_t time_of_arrival;
  std::int32_t pixel;
};

// A chunk over bytes of its own, at an odd address on purpose.
inline event_chunk make_chunk(std::span<const event> events, timestamp pulse_time = {}) {
  std::vector<std::byte> bytes(1 + events.size() * 8);
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::memcpy(&bytes[1 + 4 * i], &events[i].time_of_arrival, 4);
    std::memcpy(&bytes[1 + 4 * (events.size() + i)], &events[i].pixel, 4);
  }
  auto owner = make_payload(std::move(bytes));
  const auto* data = owner->bytes().data();
  return {pulse_time, {data + 1, events.size()}, {data + 1 + 4 * events.size(), events.size()}, owner};
}

inline job_data make_batch(const std::string& source, std::vector<event_chunk> chunks, timestamp start = {1000},
                           timestamp end = {2000}) {
  auto batch = std::make_shared<event_batch>();
  for (auto& c : chunks)
    batch->add(std::move(c));
  return {start, end, {{source, std::shared_ptr<const event_batch>(std::move(batch))}}, {}};
}

inline std::vector<event> random_events(std::mt19937_64& rng, std::size_t n, std::int32_t pixel_low,
                                        std::int32_t pixel_high, std::int32_t time_low = -1'000'000,
                                        std::int32_t time_high = 75'000'000) {
  std::uniform_int_distribution<std::int32_t> pixel(pixel_low, pixel_high);
  std::uniform_int_distribution<std::int32_t> time(time_low, time_high);
  std::vector<event> events(n);
  for (auto& e : events)
    e = {time(rng), pixel(rng)};
  return events;
}

// A log in mm, its samples at times 0, 1, 2, ….
inline series_ptr position_log(std::vector<double> samples) {
  auto owner = std::make_shared<std::pair<std::vector<timestamp>, std::vector<double>>>();
  for (std::size_t i = 0; i < samples.size(); ++i)
    owner->first.push_back({static_cast<std::int64_t>(i)});
  owner->second = std::move(samples);
  auto s = std::make_shared<log_series>();
  s->time = owner->first;
  s->value = owner->second;
  s->unit = "mm";
  s->owner = owner;
  return s;
}

} // namespace livedata::test
