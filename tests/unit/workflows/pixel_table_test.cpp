#include "workflows/kernels/pixel_table.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

using namespace livedata;

TEST_CASE("a pixel table finds what it was made of, in the smallest integer that holds it") {
  auto check = [](std::int32_t largest, std::size_t bytes) {
    std::vector<std::int32_t> bins{0, -1, largest, 3, -1};
    pixel_table table(bins, 40);
    for (std::size_t i = 0; i < bins.size(); ++i)
      CHECK(table.find(40 + static_cast<std::int32_t>(i)) == bins[i]);
    for (auto number :
         {39, 45, -1, 0, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()})
      CHECK(table.find(number) == -1);
    CHECK(table.visit([]<class Entry>(const pixel_table::view<Entry>&) { return sizeof(Entry); }) == bytes);
  };
  check(254, 1);
  check(255, 2);
  check(65534, 2);
  check(65535, 4);
  check(std::numeric_limits<std::int32_t>::max(), 4);
}

TEST_CASE("a pixel table without pixels, and one at the end of all numbers") {
  CHECK(pixel_table({}, 1).find(1) == -1);
  std::vector<std::int32_t> bins{5, 6};
  pixel_table table(bins, std::numeric_limits<std::int32_t>::max() - 1);
  CHECK(table.find(std::numeric_limits<std::int32_t>::max()) == 6);
  CHECK(table.find(std::numeric_limits<std::int32_t>::min()) == -1);
}
