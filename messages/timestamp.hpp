// Data time: nanoseconds since the Unix epoch, UTC, and differences of it. The two are distinct types, so that two
// points in time cannot be added and a bare number cannot pass for either.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace livedata {

// Whole nanoseconds. Times of messages and of commands are not trusted: a result beyond 64 bits becomes the lowest or
// highest value that there is.
namespace saturating {

inline constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
inline constexpr auto highest = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? (b < 0 ? lowest : highest) : out;
}

constexpr std::int64_t difference(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_sub_overflow(a, b, &out) ? (b < 0 ? highest : lowest) : out;
}

constexpr std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? ((a < 0) == (b < 0) ? highest : lowest) : out;
}

} // namespace saturating

// A span of time in nanoseconds; may be negative. Arithmetic saturates.
struct duration {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(duration, duration) = default;

  friend constexpr duration operator+(duration a, duration b) { return {saturating::sum(a.ns, b.ns)}; }

  friend constexpr duration operator-(duration a, duration b) { return {saturating::difference(a.ns, b.ns)}; }

  friend constexpr duration operator-(duration a) { return duration{} - a; }

  friend constexpr duration operator*(duration a, std::int64_t n) { return {saturating::product(a.ns, n)}; }

  friend constexpr duration operator*(std::int64_t n, duration a) { return a * n; }

  // `s` seconds, truncated toward zero to whole nanoseconds. What is no number gives zero.
  static constexpr duration from_seconds(double s) {
    constexpr double beyond = 0x1p63;
    auto nanoseconds = s * 1e9;
    if (nanoseconds >= beyond) return {saturating::highest};
    if (nanoseconds <= -beyond) return {saturating::lowest};
    return {nanoseconds == nanoseconds ? static_cast<std::int64_t>(nanoseconds) : 0};
  }

  constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
};

// A point in time: nanoseconds since the Unix epoch, UTC. Any 64-bit value is legal, zero and negative ones too.
// Arithmetic saturates.
struct timestamp {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(timestamp, timestamp) = default;

  friend constexpr timestamp operator+(timestamp t, duration d) { return {saturating::sum(t.ns, d.ns)}; }

  friend constexpr timestamp operator-(timestamp t, duration d) { return {saturating::difference(t.ns, d.ns)}; }

  friend constexpr duration operator-(timestamp a, timestamp b) { return {saturating::difference(a.ns, b.ns)}; }

  constexpr double seconds_since_1970() const { return static_cast<double>(ns) * 1e-9; }
};

// The ESS source gives 14 pulses per second; one period, truncated to nanoseconds.
inline constexpr duration pulse_period{71'428'571};

// The largest multiple of `period` (counted from the epoch) not after `t`; the lowest time if that lies before it.
// `period` must be positive.
constexpr timestamp floor_to(timestamp t, duration period) {
  auto r = t.ns % period.ns;
  return t - duration{r < 0 ? r + period.ns : r};
}

// "2026-01-01T00:00:00.000000000Z", for logs and messages to people.
std::string to_string(timestamp t);

// Seconds with a fraction, such as "1.000000000 s".
std::string to_string(duration d);

} // namespace livedata
