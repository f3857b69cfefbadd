// What an array takes in memory.
#pragma once

#include "messages/data_array.hpp"

#include <cstddef>
#include <variant>

namespace livedata {

inline std::size_t bytes_of(const values& v) {
  return std::visit([](const auto& numbers) { return numbers.size() * sizeof(numbers[0]); }, v);
}

// Bytes of data, variances and coordinates.
inline std::size_t bytes_of(const data_array& array) {
  auto bytes = bytes_of(array.data.data) + (array.variances ? bytes_of(*array.variances) : 0);
  for (const auto& [name, coord] : array.coords)
    bytes += bytes_of(coord.data);
  return bytes;
}

} // namespace livedata
