// Must hold: a stream that stops is told of once, and again once when it is back.
#include "actors/source/strangers.hpp"
#include "actors/source/stream_watch.hpp"

#include <doctest/doctest.h>

namespace stream_watch_test {

using namespace livedata;

namespace {

constexpr duration at(double seconds) {
  return duration::from_seconds(seconds);
}

// The stream delivers every `period`.
void feed(stream_watch& w, const std::string& stream, double from, double to, double period) {
  for (auto t = from; t <= to; t += period)
    w.heard(stream, at(t));
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a stream that stops is silent after five seconds, and is back with its next message; each is told once") {
  stream_watch w;
  feed(w, "a", 0, 10, 0.1);
  feed(w, "b", 0, 30, 0.1);
  CHECK(w.look(at(14.8)).silent.streams.empty());
  const auto gone = w.look(at(15.2));
  CHECK(gone.silent.streams == names{"a"});
  CHECK(gone.silent.seconds == doctest::Approx(5.2).epsilon(0.05));
  CHECK(w.look(at(20)).silent.streams.empty());
  REQUIRE(w.silent(at(30)).size() == 1);
  CHECK(w.silent(at(30)).front().seconds == doctest::Approx(20).epsilon(0.01));
  CHECK_FALSE(w.no_data(at(30)));
  w.heard("a", at(31));
  const auto back = w.look(at(31.5));
  CHECK(back.back.streams == names{"a"});
  CHECK(back.back.seconds == doctest::Approx(21).epsilon(0.01));
  CHECK(w.look(at(32)).back.streams.empty());
  CHECK(w.silent(at(32)).empty());
}

TEST_CASE("a stream that is slow by nature is not silent before three of its pauses have passed") {
  stream_watch w;
  feed(w, "camera", 0, 60, 10);
  CHECK(w.look(at(60 + 29)).silent.streams.empty());
  CHECK(w.look(at(60 + 31)).silent.streams == names{"camera"});
  // The silence itself is no usual pause.
  feed(w, "camera", 200, 260, 10);
  (void)w.look(at(260));
  CHECK(w.look(at(260 + 31)).silent.streams == names{"camera"});
}

TEST_CASE("there are no data when no stream delivers, also when none ever has") {
  stream_watch w(at(100));
  CHECK_FALSE(w.no_data(at(104)));
  CHECK(w.no_data(at(148)).value() == doctest::Approx(48));
  feed(w, "a", 150, 160, 0.1);
  CHECK_FALSE(w.no_data(at(160)));
  (void)w.look(at(208));
  CHECK(w.no_data(at(208)).value() == doctest::Approx(48).epsilon(0.01));
}

TEST_CASE("unknown sources are named once each, and only so many of them") {
  strangers s;
  using enum strangers::meeting;
  CHECK(s.meet("topic", "a") == first);
  CHECK(s.meet("topic", "a") == known);
  CHECK(s.meet("other", "a") == first);
  for (std::size_t i = 2; i < strangers::most_named; ++i)
    CHECK(s.meet("topic", std::to_string(i)) == first);
  CHECK(s.meet("topic", "one more") == last);
  CHECK(s.meet("topic", "and another") == known);
}

} // namespace stream_watch_test
