#include "actors/source/outbox.hpp"
#include "messages/array_bytes.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

namespace outbox_test {

using namespace livedata;

namespace {

outbox::portion portion_of(std::vector<std::string> streams, std::size_t events = 2, std::uint64_t number = 0) {
  outbox::portion p;
  p.mark.number = number;
  for (auto& s : streams) {
    std::vector<test::event> list(events, test::event{1, 1});
    stream_message m;
    m.stream = {stream_kind::detector_events, std::move(s)};
    m.content = test::make_chunk(list);
    p.messages.push_back(std::move(m));
  }
  return p;
}

} // namespace

TEST_CASE("portions leave in their order, one for each credit") {
  outbox box(100, 1);
  box.push(portion_of({"a"}));
  box.push(portion_of({"b", "c"}));
  CHECK(box.messages() == 3);
  CHECK(box.pop()->messages[0].stream.name == "a");
  CHECK_FALSE(box.pop());
  CHECK_FALSE(box.is_ready());
  box.add_credit(2);
  CHECK(box.pop()->messages.size() == 2);
  CHECK_FALSE(box.pop());
  CHECK(box.empty());
  CHECK(box.is_ready());
}

TEST_CASE("too many messages push the oldest out, and every loss is counted by stream") {
  outbox box(4, 0);
  CHECK(box.push(portion_of({"a", "b"}, 2, 1)).by_stream.empty());
  auto fits = box.push(portion_of({"a", "b"}, 2, 2));
  CHECK(fits.by_stream.empty());
  CHECK(fits.cuts.empty());
  auto [lost, cuts] = box.push(portion_of({"a", "b"}, 7, 3));
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].portion == 1);
  CHECK(cuts[0].places == std::vector<std::uint32_t>{0, 1});
  CHECK(cuts[0].whole);
  REQUIRE(lost.size() == 2);
  CHECK(lost["a"].messages == 1);
  CHECK(lost["a"].events == 2);
  CHECK(lost["b"].messages == 1);
  CHECK(box.messages() == 4);
  CHECK(box.count() == message_count{4, 18});
}

TEST_CASE("a portion larger than the limit loses its oldest messages") {
  outbox box(2, 1);
  auto [lost, cuts] = box.push(portion_of({"a", "b", "c"}, 2, 5));
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].portion == 5);
  CHECK(cuts[0].places == std::vector<std::uint32_t>{0});
  CHECK_FALSE(cuts[0].whole);
  CHECK(lost.size() == 1);
  CHECK(lost["a"].messages == 1);
  auto rest = box.pop();
  REQUIRE(rest);
  CHECK(rest->messages.size() == 2);
  CHECK(rest->messages[0].stream.name == "b");
}

TEST_CASE("a portion that loses messages twice is told by the places that they had when it came") {
  outbox box(3, 1);
  box.push(portion_of({"a", "b", "c"}, 1, 1));
  auto first = box.push(portion_of({"d"}, 1, 2));
  REQUIRE(first.cuts.size() == 1);
  CHECK(first.cuts[0].places == std::vector<std::uint32_t>{0});
  auto second = box.push(portion_of({"d"}, 1, 3));
  REQUIRE(second.cuts.size() == 1);
  // Of the stream with the most, the oldest.
  CHECK(second.cuts[0].portion == 2);
  auto third = box.push(portion_of({"e"}, 1, 4));
  REQUIRE(third.cuts.size() == 1);
  CHECK(third.cuts[0].portion == 1);
  CHECK(third.cuts[0].places == std::vector<std::uint32_t>{1});
}

TEST_CASE("bytes are shed from the front, and the newest message stays if it should") {
  outbox box(100, 0);
  for (std::uint64_t n = 1; n <= 4; ++n)
    box.push(portion_of({"a"}, 1000, n));
  const auto each = box.bytes() / 4;
  CHECK(each > 8000);
  auto lost = box.shed(each + 1, false);
  CHECK(lost.by_stream["a"].messages == 2);
  CHECK(box.bytes() == 2 * each);
  CHECK(box.shed(10 * each, true).by_stream["a"].messages == 1);
  CHECK(box.messages() == 1);
  CHECK(box.shed(10 * each, false).by_stream["a"].messages == 1);
  CHECK(box.bytes() == 0);
  // What is left tells the time; it goes when something else does.
  box.push(portion_of({}, 0, 5));
  box.add_credit(9);
  CHECK(box.pop()->mark.number == 5);
  CHECK(box.empty());
}

TEST_CASE("portions that only tell the time do not gather while nobody takes them") {
  outbox box(100, 0);
  for (std::uint64_t n = 1; n <= 1000; ++n)
    box.push(portion_of({}, 0, n));
  box.add_credit(9);
  CHECK(box.pop()->mark.number == 1000);
  CHECK(box.empty());
}

TEST_CASE("what steers is never dropped: it comes with the next portion, before what steers in that") {
  outbox box(1, 1);
  auto first = portion_of({"a"});
  first.control = {run_stop{"one", {1}}};
  auto second = portion_of({"b"});
  second.control = {run_stop{"two", {2}}};
  box.push(std::move(first));
  box.push(std::move(second));
  auto left = box.pop();
  REQUIRE(left);
  CHECK(left->messages[0].stream.name == "b");
  REQUIRE(left->control.size() == 2);
  CHECK(std::get<run_stop>(left->control[0]).run_name == "one");
  CHECK(std::get<run_stop>(left->control[1]).run_name == "two");
}

TEST_CASE("an outbox without receiver takes nothing, holds nobody up, and counts what is lost") {
  outbox box(4, 0);
  box.push(portion_of({"a", "b"}));
  auto held = box.close();
  CHECK(held["a"].messages == 1);
  CHECK(held["b"].events == 2);
  CHECK(box.empty());
  CHECK(box.messages() == 0);
  CHECK(box.is_ready());
  auto later = box.push(portion_of({"a"}, 7));
  CHECK(later.by_stream["a"].events == 7);
  box.add_credit(1);
  CHECK_FALSE(box.pop());
}

} // namespace outbox_test
