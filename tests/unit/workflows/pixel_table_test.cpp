#include "workflows/kernels/pixel_table.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

namespace pixel_table_test {

using namespace livedata;

namespace {

// 0: it needs no table.
std::size_t entry_bytes(const pixel_table& table) {
  return table.visit([]<class View>(const View& view) -> std::size_t {
    if constexpr (std::is_same_v<View, pixel_table::run_view>)
      return 0;
    else
      return sizeof(*view.entries);
  });
}

} // namespace

TEST_CASE("a pixel table finds what it was made of, in the smallest integer that holds it") {
  auto check = [](std::int32_t largest, std::size_t bytes) {
    std::vector<std::int32_t> bins{0, -1, largest, 3, -1};
    pixel_table table(bins, 40);
    for (std::size_t i = 0; i < bins.size(); ++i)
      CHECK(table.find(40 + static_cast<std::int32_t>(i)) == bins[i]);
    for (auto number :
         {39, 45, -1, 0, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()})
      CHECK(table.find(number) == -1);
    CHECK(entry_bytes(table) == bytes);
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

TEST_CASE("pixels that show in order, as many in each bin, need no table") {
  for (std::int32_t pixels : {1, 2, 7, 1000, 802816, (1 << 20) - 1, 1 << 20})
    for (std::int32_t length : {1, 2, 3, 7, 512, 3584, 99991, pixels}) {
      CAPTURE(pixels);
      CAPTURE(length);
      std::vector<std::int32_t> bins(static_cast<std::size_t>(pixels));
      for (std::int32_t i = 0; i < pixels; ++i)
        bins[static_cast<std::size_t>(i)] = i / length;
      const pixel_table table(bins, 11);
      REQUIRE((entry_bytes(table) == 0) == (pixels < 1 << 20));
      REQUIRE((table.bytes() == 0) == (pixels < 1 << 20));
      bool same = true;
      for (std::int32_t i = 0; i < pixels; ++i)
        same = same && table.find(11 + i) == i / length;
      CHECK(same);
      for (auto number : {10, 11 + pixels, -1, std::numeric_limits<std::int32_t>::min()})
        CHECK(table.find(number) == -1);
    }
}

TEST_CASE("pixels that show almost in order have a table") {
  const std::vector<std::int32_t> in_runs{0, 0, 0, 1, 1, 1, 2, 2};
  REQUIRE(entry_bytes(pixel_table(in_runs, 1)) == 0);
  for (std::size_t i = 0; i < in_runs.size(); ++i) {
    auto bins = in_runs;
    bins[i] = i < 3 ? 2 : 0;
    CAPTURE(i);
    const pixel_table table(bins, 1);
    CHECK(entry_bytes(table) == 1);
    for (std::size_t j = 0; j < bins.size(); ++j)
      CHECK(table.find(static_cast<std::int32_t>(j + 1)) == bins[j]);
    bins[i] = -1;
    CHECK(entry_bytes(pixel_table(bins, 1)) == 1);
  }
}

} // namespace pixel_table_test
