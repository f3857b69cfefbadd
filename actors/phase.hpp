// The phases in which the engine spends processor time, and sums by phase. Plain code.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace livedata {

enum class phase : std::uint8_t {
  // The simulator makes messages; with any other source: they are taken from Kafka or from the recording.
  simulate,
  receive,
  // The source reads raw messages: schema, verification, views of what is in them.
  verify,
  // It counts them, and hands them to the coordinators that want them.
  route,
  // A coordinator places messages in batches, prepares batches for the jobs, and books what they answer.
  batch,
  // Jobs: settings and data taken in; outputs worked out; outputs written as messages.
  accumulate,
  finalize,
  encode,
  // The publisher hands messages over.
  send
};

inline constexpr std::array phase_names{"simulate",   "receive",  "verify", "route", "batch",
                                        "accumulate", "finalize", "encode", "send"};
inline constexpr std::size_t phase_count = phase_names.size();

constexpr std::string_view to_string(phase p) noexcept {
  return phase_names[static_cast<std::size_t>(p)];
}

// Seconds by phase.
struct phase_times {
  std::array<double, phase_count> seconds{};

  double& operator[](phase p) noexcept { return seconds[static_cast<std::size_t>(p)]; }

  double operator[](phase p) const noexcept { return seconds[static_cast<std::size_t>(p)]; }

  double total() const noexcept {
    double sum = 0;
    for (auto s : seconds)
      sum += s;
    return sum;
  }

  friend phase_times operator-(phase_times a, const phase_times& b) noexcept {
    for (std::size_t i = 0; i < phase_count; ++i)
      a.seconds[i] -= b.seconds[i];
    return a;
  }
};

// Where the time of a stretch of a run went: phases, other() and idle() together are all processors for all of the
// time.
struct run_profile {
  // On the wall.
  double wall_seconds = 0;
  // That this process may use.
  std::size_t processors = 0;
  // Of all threads of the process.
  double cpu_seconds = 0;
  phase_times phases;

  // Processor time outside of all phases: the actor system, reports, the display, metrics, threads of the Kafka client.
  // Never below 0, though the clocks of threads and process do not agree to the last tick.
  double other() const noexcept;
  // Never below 0.
  double idle() const noexcept;
};

} // namespace livedata
