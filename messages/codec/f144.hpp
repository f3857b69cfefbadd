// f144: one value of a log. Layout: schemas/f144.fbs.
#pragma once

#include "messages/log_sample.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace livedata::f144 {

inline constexpr std::string_view schema = "f144";

// A whole number is an int64, or a double if it does not fit. Any other number is a double. Or a list of either.
using log_value = std::variant<std::int64_t, double, std::vector<std::int64_t>, std::vector<double>>;

struct message {
  // Points into the message.
  std::string_view source_name;
  timestamp time;
  log_value value;
};

// Reasons of failure: "too_short", "wrong_schema", "invalid_buffer", "unsupported_type".
result<message> read(std::span<const std::byte> bytes);

// The sample that a log keeps. Failure "array_value" if the message holds a list: a log is one number at a time.
result<log_sample> sample(const message& m);

// Scalars as Long and Double, lists as ArrayLong and ArrayDouble.
std::vector<std::byte> write(std::string_view source_name, timestamp time, const log_value& value);

} // namespace livedata::f144
