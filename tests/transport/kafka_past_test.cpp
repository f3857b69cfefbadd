// Reading Kafka again, beside whoever reads it now.
#include "broker.hpp"
#include "messages/wall_clock.hpp"
#include "transport/kafka/kafka_past.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <optional>
#include <set>

namespace kafka_past_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Reads until nothing is left before that place.
std::vector<raw_message> read_all(past_reader& reader, const lane_offsets& until) {
  std::vector<raw_message> out;
  auto patience = std::chrono::steady_clock::now() + 60s;
  for (;;) {
    REQUIRE(std::chrono::steady_clock::now() < patience);
    auto got = reader.read(until, 7, 8'000'000);
    if (!got) FAIL(got.error().message);
    CHECK(got->messages.size() <= 7);
    out.insert(out.end(), got->messages.begin(), got->messages.end());
    if (got->done) return out;
  }
}

} // namespace

TEST_CASE("the past is read lane by lane up to the place asked for, in order of time, and goes on from there") {
  broker b;
  auto one = b.unique("one");
  auto two = b.unique("two");
  b.make_topic(one);
  b.make_topic(two, 2);
  auto p = b.produce();
  auto send = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      REQUIRE(p->send(one, text_payload(fmt::format("one {}", i)), "key"));
      REQUIRE(p->send(two, text_payload(fmt::format("two {}", i)), fmt::format("key {}", i)));
    }
    REQUIRE(p->flush(30s) == 0);
  };
  send(0, 20);
  auto now = b.consume({one, two});
  auto lanes = now->lanes();
  REQUIRE(lanes->get().size() == 3);
  auto base = base_of(lanes->get());
  CHECK(base.at(0) == 20);
  CHECK(base.at(1) + base.at(2) == 20);
  send(20, 30);
  auto live = take(*now, 20);
  REQUIRE(live.size() == 20);
  auto opened = rewind_kafka(consumer_properties(b.connection(), {}), lanes)({{0}, {one, two}, {}});
  REQUIRE(opened);
  auto past = read_all(**opened, base);
  REQUIRE(past.size() == 40);
  CHECK(std::ranges::is_sorted(past, {}, &raw_message::received));
  lane_offsets next;
  for (const auto& m : past) {
    CHECK(m.position.offset == next[m.position.lane]++);
    CHECK(m.topic == lanes->get().at(m.position.lane).topic);
  }
  CHECK(next == base);
  // On to what came later: the same positions as those of the reader of now.
  auto end = base;
  for (const auto& m : live)
    end[m.position.lane] = std::max(end[m.position.lane], m.position.offset + 1);
  auto more = read_all(**opened, end);
  auto keys = [](const std::vector<raw_message>& messages) {
    std::map<message_position, std::string> out;
    for (const auto& m : messages)
      out.emplace(m.position, text_of(m));
    return out;
  };
  CHECK(more.size() == 20);
  CHECK(keys(more) == keys(live));
  CHECK(read_all(**opened, end).empty());
  // Only what is asked for, and nothing that is older than that.
  auto future = system_wall_clock().now() + duration{3'600'000'000'000};
  auto nothing_new = rewind_kafka(consumer_properties(b.connection(), {}), lanes)({future, {one}, {}});
  REQUIRE(nothing_new);
  CHECK(read_all(**nothing_new, end).empty());
  auto context_only = rewind_kafka(consumer_properties(b.connection(), {}), lanes)({{0}, {}, {one}});
  REQUIRE(context_only);
  CHECK(read_all(**context_only, end).size() == 30);
  // Data of one job may be context of another: then it is read from before the start.
  auto soon = system_wall_clock().now() + duration{60'000'000'000};
  for (auto with_context : {false, true}) {
    auto opened_soon = rewind_kafka(consumer_properties(b.connection(), {}),
                                    lanes)({soon, {one}, with_context ? std::vector{one} : std::vector<std::string>{}});
    REQUIRE(opened_soon);
    CHECK(read_all(**opened_soon, end).size() == (with_context ? 30 : 0));
  }
}

TEST_CASE("data that Kafka has deleted is a failure that says so; of context what is left is read") {
  broker b;
  if (b.mock() == nullptr) return; // a real broker takes its time to delete; the mock cluster keeps 5 MB
  auto topic = b.unique("full");
  b.make_topic(topic);
  auto p = b.produce();
  for (int i = 0; i < 9; ++i) {
    REQUIRE(p->send(topic, make_payload(std::vector<std::byte>(900'000)), "key"));
    REQUIRE(p->flush(30s) == 0);
  }
  auto lanes = b.consume({topic})->lanes();
  auto open = rewind_kafka(consumer_properties(b.connection(), {}), lanes);
  auto gone = open({{0}, {topic}, {}});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().reason == "gone");
  CHECK(gone.error().message.find(topic) != std::string::npos);
  auto context = open({{0}, {}, {topic}});
  REQUIRE(context);
  auto first = (*context)->read(base_of(lanes->get()), 7, 1);
  while (first && first->messages.empty() && !first->done)
    first = (*context)->read(base_of(lanes->get()), 7, 1);
  REQUIRE(first);
  CHECK(first->messages.size() == 1); // one makes up the bytes
  auto left = read_all(**context, base_of(lanes->get()));
  CHECK(left.size() > 1);
  CHECK(left.size() < 9);
}

namespace {

// A message that begins with the time of its data.
payload_ptr dated_payload(timestamp t, std::size_t size = 100) {
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), &t.ns, sizeof t.ns);
  return make_payload(std::move(bytes));
}

std::optional<data_date> date_of(const raw_message& m) {
  timestamp t;
  if (m.content->bytes().size() < sizeof t.ns) return std::nullopt;
  std::memcpy(&t.ns, m.content->bytes().data(), sizeof t.ns);
  return data_date{t};
}

timestamp at_second(std::int64_t n) {
  return {1'790'000'000'000'000'000 + n * 1'000'000'000};
}

} // namespace

TEST_CASE(
  "data is looked up by its own time, whatever the clock of Kafka says, and comes in the order of its own time") {
  for (std::int64_t apart : {-1'000'000, -60, -20, 0, 20, 3600}) {
    broker b;
    auto one = b.unique("one");
    auto two = b.unique("two");
    b.make_topic(one);
    b.make_topic(two);
    auto lanes = b.consume({one, two})->lanes();
    auto p = b.produce();
    for (int i = 0; i < 1000; ++i)
      for (const auto& topic : {one, two}) {
        // The clock of the second is right.
        envelope around;
        around.type = envelope::time_type::created;
        around.time = at_second(i + (topic == one ? apart : 0));
        REQUIRE(p->send(topic, dated_payload(at_second(i)), around, true, "test"));
        if (i % 10 == 0) REQUIRE(p->send(topic, text_payload("other"), around, true, "test"));
      }
    REQUIRE(p->flush(30s) == 0);
    auto begin = std::chrono::steady_clock::now();
    auto opened =
      rewind_kafka(consumer_properties(b.connection(), {}), lanes)({at_second(800), {one, two}, {}, date_of});
    REQUIRE(opened);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    auto past = read_all(**opened, {{0, 1100}, {1, 1100}});
    std::map<std::string, std::set<std::int64_t>> read;
    std::optional<timestamp> last;
    for (const auto& m : past) {
      auto t = date_of(m);
      if (!t) continue;
      read[m.topic].insert((t->time - at_second(0)).ns / 1'000'000'000);
      if (last) CHECK(t->time - *last > duration{-5'000'000'000});
      last = t->time;
    }
    for (const auto& topic : {one, two}) {
      CHECK(read[topic].size() < 300);
      for (std::int64_t i = 800; i < 1000; ++i)
        CHECK(read[topic].contains(i));
    }
  }
}

TEST_CASE("what Kafka has deleted is missed only if it had data of the time") {
  broker b;
  if (b.mock() == nullptr) return; // a real broker takes its time to delete; the mock cluster keeps 5 MB
  auto topic = b.unique("full");
  b.make_topic(topic);
  auto lanes = b.consume({topic})->lanes();
  auto p = b.produce();
  for (int i = 0; i < 40; ++i) {
    REQUIRE(p->send(topic, dated_payload(at_second(i), 400'000), "key"));
    REQUIRE(p->flush(30s) == 0);
  }
  auto open = rewind_kafka(consumer_properties(b.connection(), {}), lanes);
  auto there = open({at_second(35), {topic}, {}, date_of});
  CHECK_MESSAGE(there, (there ? "" : there.error().message));
  auto gone = open({at_second(2), {topic}, {}, date_of});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().reason == "gone");
}

namespace {

// Times of data that were read, in seconds, by topic.
std::map<std::string, std::set<std::int64_t>> seconds_read(const std::vector<raw_message>& past) {
  std::map<std::string, std::set<std::int64_t>> out;
  for (const auto& m : past)
    if (auto t = date_of(m)) out[m.topic].insert((t->time - at_second(0)).ns / 1'000'000'000);
  return out;
}

envelope made_at(timestamp kafka_time) {
  envelope around;
  around.type = envelope::time_type::created;
  around.time = kafka_time;
  return around;
}

} // namespace

TEST_CASE("a partition that has nothing of the data does not keep the past from being found in the others") {
  for (std::int64_t apart : {-60, 0, 3600}) {
    CAPTURE(apart);
    broker b;
    if (b.mock() == nullptr) return; // a real broker takes its time to delete; the mock cluster keeps 5 MB
    auto data = b.unique("data");
    auto others = b.unique("others");
    b.make_topic(data);
    b.make_topic(others);
    auto lanes = b.consume({data, others})->lanes();
    auto p = b.produce();
    for (int i = 0; i < 300; ++i)
      REQUIRE(p->send(data, dated_payload(at_second(i)), made_at(at_second(i + apart)), true, "test"));
    // Of which the older half is deleted, and none has a time.
    for (int i = 0; i < 30; ++i) {
      REQUIRE(p->send(others, make_payload({std::byte{1}, std::byte{2}}), made_at(at_second(i + apart)), true, "test"));
      REQUIRE(p->send(others, make_payload(std::vector<std::byte>(400'000)), made_at(at_second(250 + i + apart)), true,
                      "test"));
      REQUIRE(p->flush(30s) == 0);
    }
    auto without_date = [](const raw_message& m) {
      return m.content->bytes().size() == 100 ? date_of(m) : std::nullopt;
    };
    auto opened =
      rewind_kafka(consumer_properties(b.connection(), {}), lanes)({at_second(200), {data, others}, {}, without_date});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    const auto read = seconds_read(read_all(**opened, {{0, 300}, {1, 60}}));
    for (std::int64_t i = 200; i < 300; ++i)
      CHECK(read.at(data).contains(i));
    CHECK(read.at(data).size() < 150);
    // Where none of the data is anywhere, nobody can tell what was deleted.
    auto nowhere = rewind_kafka(consumer_properties(b.connection(), {}), lanes)(
      {at_second(-10'000), {others}, {}, [](const raw_message&) { return std::optional<data_date>(); }});
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().reason == "gone");
  }
}

TEST_CASE("a single message of the data among thousands of others is found by the clocks of other partitions") {
  for (std::int64_t apart : {-2000, 0, 600}) {
    CAPTURE(apart);
    broker b;
    auto many = b.unique("many");
    auto one = b.unique("one");
    b.make_topic(many);
    b.make_topic(one);
    auto lanes = b.consume({many, one})->lanes();
    auto p = b.produce();
    for (int i = 0; i < 3000; ++i) {
      REQUIRE(p->send(many, dated_payload(at_second(i)), made_at(at_second(i + apart)), true, "test"));
      const auto content = i == 1500 ? dated_payload(at_second(i)) : text_payload("other");
      REQUIRE(p->send(one, content, made_at(at_second(i + apart)), true, "test"));
    }
    REQUIRE(p->flush(30s) == 0);
    auto opened =
      rewind_kafka(consumer_properties(b.connection(), {}), lanes)({at_second(1450), {many, one}, {}, date_of});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    const auto past = read_all(**opened, {{0, 3000}, {1, 3000}});
    auto read = seconds_read(past);
    CHECK(read[one] == std::set<std::int64_t>{1500});
    CHECK(read[many].contains(1450));
    CHECK(read[many].size() < 1650);
    // In the order of the data: it lies among its neighbours.
    std::size_t before = 0;
    std::size_t after = 0;
    bool seen = false;
    for (const auto& m : past) {
      if (m.topic == one && date_of(m)) seen = true;
      if (m.topic == many) ++(seen ? after : before);
    }
    CHECK(before >= 45);
    CHECK(after >= 1450);
  }
}

} // namespace kafka_past_test
