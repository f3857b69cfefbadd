// ad00: one frame of an area detector. Layout: schemas/ad00.fbs.
#pragma once

#include "messages/data_array.hpp"
#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::ad00 {

inline constexpr std::string_view schema = "ad00";

struct message {
  std::string source_name;
  std::int32_t id = 0;
  timestamp time;
  // Dimensions dim_0, dim_1, … in the order of the message, dimensionless, no coordinates.
  data_array data;
};

// Integers become int32 (of 8 and 16 bits), int64 (uint32) or float64 (uint64); int32, int64 and floats stay.
// Attributes are passed over. Reasons of failure: "too_short", "wrong_schema", "invalid_buffer", "unsupported_type",
// "shape_mismatch".
result<message> read(std::span<const std::byte> bytes);

// T: a number type of 8 to 64 bits. Throws std::invalid_argument if shape and number of elements do not agree, or they
// are too many for a message.
template <class T>
std::vector<std::byte> write(std::string_view source_name, std::int32_t id, timestamp time,
                             std::span<const std::int64_t> shape, std::span<const T> elements);

} // namespace livedata::ad00
