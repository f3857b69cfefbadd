// 6s4t: a run of the experiment ends. Layout: schemas/6s4t.fbs.
#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::run_6s4t {

inline constexpr std::string_view schema = "6s4t";

struct message {
  // ms since the epoch; 0: at once.
  std::uint64_t stop_time = 0;
  std::string run_name;
  std::string job_id;
  std::string service_id;
  std::string command_id;

  friend bool operator==(const message&, const message&) = default;
};

// Absent texts are empty. Reasons of failure: "too_short", "wrong_schema", "invalid_buffer".
result<message> read(std::span<const std::byte> bytes);

// The control message for the jobs. Failure "bad_time" if the time does not fit nanoseconds.
result<run_stop> stop_of(const message& m);

std::vector<std::byte> write(const message& m);

} // namespace livedata::run_6s4t
