// Messages and the events in them, counted together. Plain code.
#pragma once

#include "messages/stream.hpp"

#include <cstdint>
#include <span>

namespace livedata {

struct message_count {
  std::uint64_t messages = 0;
  std::uint64_t events = 0;

  void add(const stream_message& m) noexcept {
    ++messages;
    events += m.events();
  }

  message_count& operator+=(const message_count& other) noexcept {
    messages += other.messages;
    events += other.events;
    return *this;
  }

  friend bool operator==(const message_count&, const message_count&) = default;
};

// How far apart they are.
inline message_count apart(const message_count& a, const message_count& b) noexcept {
  const auto between = [](std::uint64_t x, std::uint64_t y) { return x < y ? y - x : x - y; };
  return {between(a.messages, b.messages), between(a.events, b.events)};
}

inline message_count count_of(std::span<const stream_message> messages) noexcept {
  message_count n;
  for (const auto& m : messages)
    n.add(m);
  return n;
}

} // namespace livedata
