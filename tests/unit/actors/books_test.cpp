// Must hold: books tell by how much they are wrong, in messages and in events, whichever way.
#include "actors/books.hpp"

#include <doctest/doctest.h>

namespace books_test {

using namespace livedata;

TEST_CASE("books balance if all that came is here or gone") {
  books b;
  CHECK(b.difference({}) == message_count{});
  b.received({3, 300});
  CHECK(b.difference({3, 300}) == message_count{});
  b.gone({2, 150});
  CHECK(b.difference({1, 150}) == message_count{});
  b.gone({1, 150});
  CHECK(b.difference({}) == message_count{});
  CHECK(b.in() == b.out());
}

TEST_CASE("books tell of a message that was not booked, one that was booked twice, and one that nobody sent") {
  books b;
  b.received({3, 300});
  b.gone({1, 100});
  // Lost on the way.
  CHECK(b.difference({1, 100}) == message_count{1, 100});
  // Only its events.
  CHECK(b.difference({2, 120}) == message_count{0, 80});
  // Here although it is gone, or never came.
  CHECK(b.difference({3, 300}) == message_count{1, 100});
  // Gone twice.
  b.gone({1, 100});
  CHECK(b.difference({2, 200}) == message_count{1, 100});
}

} // namespace books_test
