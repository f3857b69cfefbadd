#include "transport/kafka/lost_place.hpp"

#include <doctest/doctest.h>

namespace lost_place_test {

using namespace livedata;

namespace {

// What happens to a partition of which [0, 100) was read, with the broker's offsets as they are then. `first_newer`:
// offset of the first message that is newer than the last one read.
lost_place::found after(std::int64_t low, std::int64_t high, bool was_unknown, std::int64_t first_newer) {
  const lost_place place{100, low, high, was_unknown};
  return place.go_on(place.needs_newer() ? first_newer : lost_place::none);
}

using found = lost_place::found;

} // namespace

TEST_CASE("a topic that is deleted and made anew is read from its beginning, with less in it than before, or more") {
  CHECK(after(0, 0, true, lost_place::none) == found{0, true});
  CHECK(after(0, 5, true, 0) == found{0, true});
  CHECK(after(0, 100, true, 0) == found{0, true});
  CHECK(after(0, 500, true, 0) == found{0, true});
  // So much that the oldest are deleted already.
  CHECK(after(70, 500, true, 70) == found{70, true});
  // The broker was never seen without it.
  CHECK(after(0, 5, false, 0) == found{0, true});
}

TEST_CASE("a partition that the broker only denied for a while is read on where it was") {
  CHECK(after(0, 100, true, lost_place::none) == found{100, false});
  CHECK(after(0, 130, true, 100) == found{100, false});
  CHECK(after(40, 130, true, 100) == found{100, false});
  // Messages of the same millisecond.
  CHECK(after(0, 130, true, 120) == found{100, false});
}

TEST_CASE("messages that were deleted by retention are passed over") {
  CHECK(after(120, 300, false, lost_place::none) == found{120, false});
  CHECK(after(120, 300, true, 120) == found{120, false});
}

TEST_CASE("a partition that has lost its end is read on with what is newer, in offsets of a new lane") {
  CHECK(after(0, 90, false, lost_place::none) == found{90, true});
  CHECK(after(0, 95, false, 90) == found{90, true});
}

} // namespace lost_place_test
