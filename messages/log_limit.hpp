// How often the log says the same thing. Plain code: the time is given.
#pragma once

#include "messages/log_line.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

// For lines that a message or a batch can cause: the first of a kind is written at once, then one in each interval.
// Kinds are told apart by a key, such as the event and what it is about, without anything that differs from line to
// line.
class log_limit {
public:
  using clock = std::chrono::steady_clock;

  // When there are more keys than `most_keys`, those that have been quiet for an interval are forgotten; as long as
  // that does not help, all new ones count as the same key.
  explicit log_limit(clock::duration interval = std::chrono::seconds(10), std::size_t most_keys = 1000)
    : interval_(interval), most_keys_(most_keys) {}

  // Nothing if the line is to be left out. Else how many lines of its kind were left out since the last that was
  // written.
  std::optional<std::uint64_t> admit(std::string_view key, clock::time_point now);

private:
  struct entry {
    clock::time_point written;
    std::uint64_t left_out = 0;
  };

  void forget_quiet(clock::time_point now);

  clock::duration interval_;
  std::size_t most_keys_;
  std::map<std::string, entry, std::less<>> entries_;
};

// For the end of a line: "left_out=3"; nothing for 0.
log_field left_out_field(std::uint64_t left_out);

} // namespace livedata
