#include "actors/batching/naive_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace naive_batcher_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("naive: nothing without messages; else all of them, in order of time, at once") {
  naive_batcher b({second});
  CHECK_FALSE(b.add({}));
  auto batch = b.add({log_message(2.5), log_message(1.0, "a"), log_message(1.0, "b")});
  REQUIRE(batch);
  REQUIRE(batch->messages.size() == 3);
  CHECK(batch->messages[0].stream.name == "a");
  CHECK(batch->messages[1].stream.name == "b");
  CHECK_FALSE(b.add({}));
  CHECK_FALSE(b.flush());
}

TEST_CASE("naive: a batch begins and ends at whole pulses, counted from the epoch") {
  naive_batcher b({second});
  auto at = [](std::int64_t ns) { return message(stream_kind::log, "x", {ns}); };
  auto batch = b.add({at(71'428'571), at(71'428'572)});
  CHECK(batch->start.ns == 71'428'571);
  CHECK(batch->end.ns == 2 * 71'428'571);
  batch = b.add({at(71'428'571)});
  CHECK(batch->start.ns == batch->end.ns);
  batch = b.add({at(-1)});
  CHECK(batch->start.ns == -71'428'571);
  CHECK(batch->end.ns == 0);
}

TEST_CASE("naive: an absurd time is gone with its batch") {
  naive_batcher b({second});
  auto batch = b.add({message(stream_kind::log, "x", {std::numeric_limits<std::int64_t>::max()}),
                      message(stream_kind::log, "x", {std::numeric_limits<std::int64_t>::min()})});
  CHECK(batch->messages.size() == 2);
  CHECK(batch->start < batch->end);
  batch = b.add({log_message(1)});
  CHECK(batch->messages.size() == 1);
  CHECK(batch->end - batch->start <= duration{71'428'571});
}

} // namespace naive_batcher_test
