// Topics that change while they are read: partitions are added, topics go, come back, and are made anew.
#include "broker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

namespace following_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// What the mock cluster cannot do is played by whoever tells of its topics: a topic seems to have fewer partitions than
// it has, or not to be there.
struct told_topics {
  std::atomic<int> most{1000};
  // Answers that were given.
  std::atomic<int> looks{0};

  topic_lookup lookup() {
    return [this](const kafka_client& client, std::chrono::milliseconds at_most) -> result<topic_counts> {
      auto there = topics_of(client, at_most);
      if (!there) return there;
      for (auto& [topic, partitions] : *there)
        partitions = std::min(partitions, most.load());
      std::erase_if(*there, [](const auto& t) { return t.second == 0; });
      ++looks;
      return there;
    };
  }
};

std::unique_ptr<kafka_consumer> follow(const broker& b, const std::string& topic, topic_lookup lookup = {},
                                       std::chrono::milliseconds look = 100ms) {
  opening_limits limits;
  limits.look = look;
  limits.lookup = std::move(lookup);
  return std::move(
    kafka_consumer::open(consumer_properties(b.connection(), b.unique("group")), {topic}, limits).value());
}

// With keys, so that the partitions get about the same.
void send(kafka_producer& p, const std::string& topic, int from, int to) {
  for (int i = from; i < to; ++i) {
    envelope around;
    around.key = std::vector<std::byte>{static_cast<std::byte>(i), static_cast<std::byte>(i >> 8)};
    REQUIRE(p.send(topic, text_payload(std::to_string(i)), around, false, "test"));
  }
  REQUIRE(p.flush(30s) == 0);
}

void read_until(kafka_consumer& c, std::multiset<int>& read, std::size_t n) {
  auto end = std::chrono::steady_clock::now() + 60s;
  while (read.size() < n && std::chrono::steady_clock::now() < end)
    for (const auto& m : c.poll(100, 50ms).messages)
      read.insert(std::stoi(text_of(m)));
}

std::multiset<int> numbers(int from, int to) {
  std::multiset<int> out;
  for (int i = from; i < to; ++i)
    out.insert(i);
  return out;
}

template <class F>
bool soon(kafka_consumer& c, std::multiset<int>& read, F&& happens) {
  auto end = std::chrono::steady_clock::now() + 60s;
  while (!happens() && std::chrono::steady_clock::now() < end)
    for (const auto& m : c.poll(100, 20ms).messages)
      read.insert(std::stoi(text_of(m)));
  return happens();
}

// Until what the topics are now has been told, and followed.
bool follow_now(kafka_consumer& c, std::multiset<int>& read, const told_topics& told) {
  return soon(c, read, [&told, at = told.looks.load() + 3] { return told.looks >= at; });
}

// Messages on a partition.
std::size_t count_on(const broker& b, const std::string& topic, std::int32_t partition) {
  auto client = kafka_client::make(kafka_client::role::producer, b.connection()).value();
  const auto all = extents_of(*client, {topic}).value();
  return static_cast<std::size_t>(all.at(static_cast<std::size_t>(partition)).end);
}

// For real brokers.
void add_partitions(const broker& b, const std::string& topic, std::size_t in_all) {
  std::array<char, 256> why{};
  auto* wanted = rd_kafka_NewPartitions_new(topic.c_str(), in_all, why.data(), why.size());
  administer(b, [&](auto* handle, auto* queue) { rd_kafka_CreatePartitions(handle, &wanted, 1, nullptr, queue); });
  rd_kafka_NewPartitions_destroy(wanted);
}

void delete_topic(const broker& b, const std::string& topic) {
  auto* wanted = rd_kafka_DeleteTopic_new(topic.c_str());
  administer(b, [&](auto* handle, auto* queue) { rd_kafka_DeleteTopics(handle, &wanted, 1, nullptr, queue); });
  rd_kafka_DeleteTopic_destroy(wanted);
}

} // namespace

TEST_CASE("a topic that is added while running is read from then on, and one that is removed no more") {
  broker b;
  const auto one = b.unique("topic");
  const auto two = b.unique("topic");
  for (const auto& topic : {one, two})
    b.make_topic(topic);
  auto p = b.produce();
  auto c = follow(b, one);
  std::multiset<int> read;
  send(*p, two, 0, 10);
  send(*p, one, 10, 20);
  read_until(*c, read, 10);
  REQUIRE(c->add({one, two}));
  CHECK(c->lag().contains(two));
  send(*p, two, 20, 30);
  send(*p, one, 30, 40);
  read_until(*c, read, 30);
  CHECK(read == numbers(10, 40));
  c->remove({one});
  send(*p, one, 40, 50);
  send(*p, two, 50, 60);
  read_until(*c, read, 40);
  auto wanted = numbers(10, 40);
  wanted.merge(numbers(50, 60));
  CHECK(read == wanted);
  const auto lanes = c->lanes()->get();
  REQUIRE(lanes.size() == 2);
  CHECK(lanes[0].gone);
  CHECK(lanes[1].begin == 10);
  // It begins anew, in a lane of its own.
  REQUIRE(c->add({one}));
  send(*p, one, 60, 70);
  read_until(*c, read, 50);
  wanted.merge(numbers(60, 70));
  CHECK(read == wanted);
  CHECK(c->lanes()->get().back().begin == 30);
}

TEST_CASE("a topic that is added before it is there is read from its beginning when it is") {
  broker b;
  const auto one = b.unique("topic");
  const auto two = b.unique("topic");
  b.make_topic(one);
  auto c = follow(b, one);
  REQUIRE(c->add({two}));
  CHECK(c->missing_topics() == std::vector{two});
  b.make_topic(two);
  auto p = b.produce();
  send(*p, two, 0, 10);
  std::multiset<int> read;
  read_until(*c, read, 10);
  CHECK(read == numbers(0, 10));
  CHECK(c->missing_topics().empty());
}

TEST_CASE("partitions that are added while running are read from their beginning, and are in the lag") {
  broker b;
  const auto topic = b.unique("topic");
  told_topics told;
  if (b.mock() != nullptr) told.most = 1;
  b.make_topic(topic, b.mock() == nullptr ? 1 : 3);
  auto c = follow(b, topic, told.lookup());
  CHECK(c->lanes()->get().size() == 1);
  std::multiset<int> read;
  if (b.mock() == nullptr) add_partitions(b, topic, 3);
  auto p = b.produce();
  send(*p, topic, 0, 300);
  if (b.mock() != nullptr) {
    const auto on_first = count_on(b, topic, 0);
    CHECK(on_first < 300);
    read_until(*c, read, on_first);
    CHECK(follow_now(*c, read, told));
    CHECK(read.size() == on_first);
    CHECK(c->lanes()->get().size() == 1);
  }
  told.most = 3;
  CHECK(soon(*c, read, [&] { return c->lanes()->get().size() == 3; }));
  read_until(*c, read, 300);
  CHECK(read == numbers(0, 300));
  CHECK(c->lag().at(topic) == 0);
  send(*p, topic, 300, 600);
  auto end = std::chrono::steady_clock::now() + 30s;
  while (c->lag().at(topic) < 150 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(20ms);
  // More than one partition of three has.
  CHECK(c->lag().at(topic) >= 150);
  read_until(*c, read, 600);
  CHECK(read == numbers(0, 600));
  CHECK(c->lag().at(topic) == 0);
}

TEST_CASE("what was read ahead is given once, although all partitions are assigned anew") {
  broker b;
  auto topic = b.unique("ahead");
  b.make_topic(topic, 3);
  told_topics told;
  told.most = 1;
  auto c = follow(b, topic, told.lookup());
  auto p = b.produce();
  std::multiset<int> read;
  constexpr int step = 2000;
  for (int round = 0; round < 3; ++round) {
    send(*p, topic, round * step, (round + 1) * step);
    // librdkafka reads ahead while nobody polls.
    std::this_thread::sleep_for(500ms);
    for (const auto& m : c->poll(10, 50ms).messages)
      read.insert(std::stoi(text_of(m)));
    told.most = round + 2;
    std::this_thread::sleep_for(300ms);
  }
  read_until(*c, read, 3 * step);
  for (const auto& m : c->poll(100, 500ms).messages)
    read.insert(std::stoi(text_of(m)));
  CHECK(read == numbers(0, 3 * step));
}

TEST_CASE("a topic that goes and comes back as it was is told of, and read on without loss") {
  broker b;
  if (b.mock() == nullptr) return; // a real broker does not give a topic back
  const auto topic = b.unique("topic");
  told_topics told;
  b.make_topic(topic, 2);
  auto c = follow(b, topic, told.lookup());
  auto p = b.produce();
  std::multiset<int> read;
  send(*p, topic, 0, 100);
  read_until(*c, read, 100);
  CHECK(c->missing_topics().empty());
  told.most = 0;
  CHECK(soon(*c, read, [&] { return !c->missing_topics().empty(); }));
  CHECK(c->missing_topics() == std::vector{topic});
  send(*p, topic, 100, 200);
  told.most = 1000;
  CHECK(soon(*c, read, [&] { return c->missing_topics().empty(); }));
  send(*p, topic, 200, 300);
  read_until(*c, read, 300);
  // Nothing comes twice.
  CHECK(follow_now(*c, read, told));
  CHECK(read == numbers(0, 300));
}

TEST_CASE("a topic that is deleted and made anew is read from its beginning, with less in it than before or more") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster deletes no topics
  for (int later : {5, 500}) {
    const auto topic = b.unique("topic");
    told_topics told;
    b.make_topic(topic);
    auto c = follow(b, topic, told.lookup());
    auto p = b.produce();
    std::multiset<int> read;
    send(*p, topic, 0, 100);
    read_until(*c, read, 100);
    delete_topic(b, topic);
    CHECK(soon(*c, read, [&] { return !c->missing_topics().empty(); }));
    b.make_topic(topic);
    auto again = b.produce();
    send(*again, topic, 100, 100 + later);
    read_until(*c, read, static_cast<std::size_t>(100 + later));
    CHECK(follow_now(*c, read, told));
    CHECK(read == numbers(0, 100 + later));
    const auto lanes = c->lanes()->get();
    REQUIRE(lanes.size() == 2);
    CHECK(lanes[0].gone);
    CHECK_FALSE(lanes[1].gone);
  }
}

TEST_CASE("a topic that is made anew between two looks is read from its beginning, too") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster deletes no topics
  const auto topic = b.unique("topic");
  b.make_topic(topic);
  auto c = follow(b, topic, {}, 3600s);
  auto p = b.produce();
  std::multiset<int> read;
  send(*p, topic, 0, 100);
  read_until(*c, read, 100);
  delete_topic(b, topic);
  b.make_topic(topic);
  auto again = b.produce();
  send(*again, topic, 100, 105);
  read_until(*c, read, 105);
  CHECK(soon(*c, read, [n = 0]() mutable { return ++n > 20; }));
  CHECK(read == numbers(0, 105));
  CHECK(c->lanes()->get().size() == 2);
}

} // namespace following_test
