#include "messages/saturating.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace saturating_test {

using namespace livedata;

namespace {

// Holds every sum and product of 64-bit numbers.
__extension__ typedef __int128 whole;

constexpr auto low = std::numeric_limits<std::int64_t>::min();
constexpr auto high = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t numbers[] = {low, low + 1, -1'000'000'000, -3, -1, 0, 1, 2, 1'000'000'000, high - 1, high};

std::int64_t within_64_bits(whole x) {
  return static_cast<std::int64_t>(std::clamp<whole>(x, low, high));
}

} // namespace

TEST_CASE("sums and products that pass the ends of 64 bits stop there, all others are exact") {
  for (auto a : numbers)
    for (auto b : numbers) {
      CHECK(saturated_sum(a, b) == within_64_bits(static_cast<whole>(a) + b));
      CHECK(saturated_product(a, b) == within_64_bits(static_cast<whole>(a) * b));
    }
}

} // namespace saturating_test
