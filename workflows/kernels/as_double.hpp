// A count as a floating-point number, for long loops.
#pragma once

#include <bit>
#include <cstdint>

namespace livedata {

// The same as static_cast<double>(n), for all n, without a jump, so that a compiler makes vectors of it also where the
// processor has no instruction for it. Each half of n becomes the low bits of a number with a fixed exponent (2^84 and
// 2^52), of which the fixed part is taken away again: exact until the last addition, which rounds as the conversion
// does.
constexpr double as_double(std::uint64_t n) noexcept {
  constexpr std::uint64_t exponent_84 = 0x4530'0000'0000'0000;
  constexpr std::uint64_t exponent_52 = 0x4330'0000'0000'0000;
  const auto upper = std::bit_cast<double>((n >> 32) | exponent_84) - (0x1p84 + 0x1p52);
  return upper + std::bit_cast<double>((n & 0xffff'ffff) | exponent_52);
}

} // namespace livedata
