#include "transport/kafka/read_ahead.hpp"

#include <doctest/doctest.h>

namespace read_ahead_test {

using namespace livedata;

TEST_CASE("a reminder is due once when what was read ahead has gone from nearly all to less than half") {
  read_ahead ahead(1000);
  CHECK_FALSE(ahead.should_remind(0));
  ahead.taken(100);
  CHECK_FALSE(ahead.should_remind(10));
  CHECK_FALSE(ahead.should_remind(5));
  CHECK(ahead.should_remind(4));
  CHECK_FALSE(ahead.should_remind(3));
  CHECK_FALSE(ahead.should_remind(6));
  CHECK_FALSE(ahead.should_remind(0));
  CHECK_FALSE(ahead.should_remind(8));
  CHECK(ahead.should_remind(0));
}

TEST_CASE("how much is read ahead is judged by the size of the messages of late") {
  read_ahead ahead(1000);
  ahead.taken(10);
  CHECK_FALSE(ahead.should_remind(10));
  CHECK_FALSE(ahead.should_remind(4));
  for (int i = 0; i < 2000; ++i)
    ahead.taken(200);
  CHECK_FALSE(ahead.should_remind(4));
  CHECK(ahead.should_remind(2));
}

TEST_CASE("nobody is reminded where nothing was ever taken") {
  read_ahead ahead(1000);
  CHECK_FALSE(ahead.should_remind(1000000));
  CHECK_FALSE(ahead.should_remind(0));
}

} // namespace read_ahead_test
