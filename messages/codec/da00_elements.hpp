// Elements of da00 variables: the element types on the wire, those in memory, and the conversion between them.
#pragma once

#include "messages/data_array.hpp"

#include <concepts>
#include <cstdint>
#include <cstring>
#include <da00_generated.h>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace livedata::da00 {

using element_type = livedata::wire::da00::da00_dtype;

// Calls `f(std::type_identity<T>{})` with the number type T of `type`. False if it is not a type of numbers.
template <class F>
bool with_number_type(element_type type, F&& f) {
  switch (type) {
  case element_type::int8:
    return f(std::type_identity<std::int8_t>{}), true;
  case element_type::uint8:
    return f(std::type_identity<std::uint8_t>{}), true;
  case element_type::int16:
    return f(std::type_identity<std::int16_t>{}), true;
  case element_type::uint16:
    return f(std::type_identity<std::uint16_t>{}), true;
  case element_type::int32:
    return f(std::type_identity<std::int32_t>{}), true;
  case element_type::uint32:
    return f(std::type_identity<std::uint32_t>{}), true;
  case element_type::int64:
    return f(std::type_identity<std::int64_t>{}), true;
  case element_type::uint64:
    return f(std::type_identity<std::uint64_t>{}), true;
  case element_type::float32:
    return f(std::type_identity<float>{}), true;
  case element_type::float64:
    return f(std::type_identity<double>{}), true;
  case element_type::none:
  case element_type::c_string:
    break;
  }
  return false;
}

template <class T>
constexpr element_type type_of() {
  if constexpr (std::same_as<T, double>) return element_type::float64;
  if constexpr (std::same_as<T, float>) return element_type::float32;
  if constexpr (std::same_as<T, std::int64_t>) return element_type::int64;
  if constexpr (std::same_as<T, std::int32_t>) return element_type::int32;
}

// The elements as `Memory`. Bytes at the end that are less than an element are left out.
template <class Memory, class Wire>
std::vector<Memory> convert(std::span<const std::uint8_t> bytes) {
  std::vector<Memory> out(bytes.size() / sizeof(Wire));
  if constexpr (std::same_as<Memory, Wire>) {
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(Wire));
  } else {
    for (std::size_t i = 0; i < out.size(); ++i) {
      Wire element;
      std::memcpy(&element, bytes.data() + i * sizeof(Wire), sizeof(Wire));
      out[i] = static_cast<Memory>(element);
    }
  }
  return out;
}

// The type in memory of array elements.
template <class Wire>
using widened =
  std::conditional_t<std::integral<Wire> && sizeof(Wire) < 4, std::int32_t,
                     std::conditional_t<std::same_as<Wire, std::uint32_t>, std::int64_t,
                                        std::conditional_t<std::same_as<Wire, std::uint64_t>, double, Wire>>>;

template <class Wire>
values decode_array(std::span<const std::uint8_t> bytes) {
  return convert<widened<Wire>, Wire>(bytes);
}

// One element. An integer beyond int64 becomes a float.
template <class Wire>
values decode_scalar(std::span<const std::uint8_t> bytes) {
  if constexpr (std::floating_point<Wire>) {
    return convert<double, Wire>(bytes);
  } else {
    if constexpr (std::same_as<Wire, std::uint64_t>) {
      constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      if (convert<std::uint64_t, Wire>(bytes).at(0) > largest) return convert<double, Wire>(bytes);
    }
    return convert<std::int64_t, Wire>(bytes);
  }
}

// Points in time: integers stay exact whatever their width.
template <class Wire>
values decode_times(std::span<const std::uint8_t> bytes) {
  return convert<std::int64_t, Wire>(bytes);
}

} // namespace livedata::da00
