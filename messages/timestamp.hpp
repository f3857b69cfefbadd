// Data time: nanoseconds since the Unix epoch, UTC, and differences of it. The two are distinct types, so that two
// points in time cannot be added and a bare number cannot pass for either.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace livedata {

// A span of time in nanoseconds; may be negative.
struct duration {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(duration, duration) = default;

  friend constexpr duration operator+(duration a, duration b) { return {a.ns + b.ns}; }

  friend constexpr duration operator-(duration a, duration b) { return {a.ns - b.ns}; }

  friend constexpr duration operator-(duration a) { return {-a.ns}; }

  friend constexpr duration operator*(duration a, std::int64_t n) { return {a.ns * n}; }

  friend constexpr duration operator*(std::int64_t n, duration a) { return a * n; }

  // `s` seconds, truncated toward zero to whole nanoseconds.
  static constexpr duration from_seconds(double s) { return {static_cast<std::int64_t>(s * 1e9)}; }

  constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
};

// A point in time: nanoseconds since the Unix epoch, UTC. Any 64-bit value is legal, zero and negative ones too.
struct timestamp {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(timestamp, timestamp) = default;

  // Sums wrap instead of overflowing: times of messages are not trusted.
  friend constexpr timestamp operator+(timestamp t, duration d) {
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(t.ns) + static_cast<std::uint64_t>(d.ns))};
  }

  friend constexpr timestamp operator-(timestamp t, duration d) {
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(t.ns) - static_cast<std::uint64_t>(d.ns))};
  }

  friend constexpr duration operator-(timestamp a, timestamp b) {
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(a.ns) - static_cast<std::uint64_t>(b.ns))};
  }
};

// The ESS source gives 14 pulses per second; one period, truncated to nanoseconds.
inline constexpr duration pulse_period{71'428'571};

// The largest multiple of `period` (counted from the epoch) not after `t`. `period` must be positive.
constexpr timestamp floor_to(timestamp t, duration period) {
  auto r = t.ns % period.ns;
  return t - duration{r < 0 ? r + period.ns : r};
}

// "2026-01-01T00:00:00.000000000Z", for logs and messages to people.
std::string to_string(timestamp t);

// Seconds with a fraction, such as "1.000000000 s".
std::string to_string(duration d);

} // namespace livedata
