// da00: data arrays on the wire: results, and histograms of monitors. Layout: schemas/da00.fbs.
#pragma once

#include "messages/data_array.hpp"
#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::da00 {

inline constexpr std::string_view schema = "da00";

struct message {
  std::string source_name;
  // Time of the data: the last reference time if there are any, else the time stamp of the message.
  timestamp time;
  data_array data;
};

// Encodes a data array: `signal` (its label is the array's name), `errors` (standard deviations) if there are
// variances, then the coordinates in their order. Throws std::invalid_argument if the array is inconsistent or too long
// for a message.
std::vector<std::byte> write(std::string_view source_name, timestamp time, const data_array& array);

// Verifies and decodes. Element types that a data array lacks are widened:
// - in arrays, integers of 8 and 16 bits become int32, uint32 becomes int64, uint64 becomes float64;
// - an integer scalar becomes int64 (float64 if it does not fit), a floating one float64;
// - points in time (unit "datetime64[…]") become int64 whatever their width.
// An empty unit is "dimensionless". Coordinates along dimensions that the signal lacks, and texts, are left out. A
// variable `reference_time` of int64 or uint64 is the time, in its unit; another unit than one of time is refused.
// Reasons of failure: "too_short", "wrong_schema", "invalid_buffer", "missing_field", "unsupported_type",
// "shape_mismatch", "bad_time".
result<message> read(std::span<const std::byte> bytes);

// What a message holds, without its numbers.
struct outline {
  // Shown to people.
  std::string label;
  // Of the signal; a scalar has none.
  std::vector<std::string> dims;
  std::vector<std::int64_t> shape;
  std::optional<std::string> unit;
  // As read() gives it: "float64", "float32", "int64" or "int32".
  std::string element_type;
  bool has_errors = false;
  // Dimensions with a coordinate of their name that are points in time.
  std::vector<std::string> time_axes;
};

// Verifies like read(), and reads as little as possible.
result<outline> read_outline(std::span<const std::byte> bytes);

} // namespace livedata::da00
