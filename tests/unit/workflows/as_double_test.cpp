#include "workflows/kernels/as_double.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>

namespace as_double_test {

using namespace livedata;

TEST_CASE("a count as a number is what the conversion of the language gives, bit for bit") {
  auto check = [](std::uint64_t n) {
    CAPTURE(n);
    REQUIRE(std::bit_cast<std::uint64_t>(as_double(n)) == std::bit_cast<std::uint64_t>(static_cast<double>(n)));
  };
  for (std::uint64_t n = 0; n < 1000; ++n)
    check(n);
  for (int bit = 0; bit < 64; ++bit)
    for (std::uint64_t d = 0; d < 5; ++d) {
      check((std::uint64_t{1} << bit) + d);
      check((std::uint64_t{1} << bit) - d);
    }
  check(std::numeric_limits<std::uint64_t>::max());
  std::mt19937_64 rng(1);
  for (int i = 0; i < 100'000; ++i)
    check(rng() >> (rng() % 64));
}

} // namespace as_double_test
