// Consumer and producer against a broker.
#include "broker.hpp"
#include "messages/wall_clock.hpp"

#include <doctest/doctest.h>

namespace client_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Numbers of requests in Kafka's protocol, for errors of the mock cluster.
constexpr std::int16_t produce_request = 0;
constexpr std::int16_t list_offsets_request = 2;

void produce_now(kafka_producer& p, const std::string& topic, const std::string& text) {
  REQUIRE(p.send(topic, text_payload(text), "test"));
  REQUIRE(p.flush(30s) == 0);
}

opening_limits quick_limits() {
  return {2000ms, 2000ms, 50ms};
}

// A topic of its own, with somebody at each end.
struct line : broker {
  std::string topic = made(unique("topic"));
  std::unique_ptr<kafka_consumer> c = consume({topic});
  std::unique_ptr<kafka_producer> p = produce();

private:
  std::string made(std::string name) {
    make_topic(name);
    return name;
  }
};

// As the environment has nothing to say.
kafka_properties without_environment(const kafka_wishes& wishes) {
  return connection_properties(wishes, [](const std::string&) { return std::optional<std::string>{}; }).value();
}

// Deletes all messages before that offset, as retention does. For real brokers.
void delete_before(const broker& b, const std::string& topic, std::int64_t offset) {
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = offset;
  auto* request = rd_kafka_DeleteRecords_new(list);
  administer(b, [&](auto* handle, auto* queue) { rd_kafka_DeleteRecords(handle, &request, 1, nullptr, queue); });
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_topic_partition_list_destroy(list);
}

} // namespace

TEST_CASE("a message arrives as it was sent: no key, no headers, the time of now") {
  line b;
  auto before = system_wall_clock().now();
  produce_now(*b.p, b.topic, "hello");
  auto got = take(*b.c, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].topic == b.topic);
  CHECK(text_of(got[0]) == "hello");
  auto around = envelope_of(*got[0].content);
  REQUIRE(around);
  CHECK_FALSE(around->key);
  CHECK(around->headers.empty());
  CHECK(around->type == envelope::time_type::created);
  CHECK(got[0].received == around->time);
  CHECK((got[0].received - before).seconds() > -1);
  CHECK((got[0].received - before).seconds() < 60);
  CHECK(b.p->totals().delivered == 1);
  CHECK(b.p->totals().failed.empty());
}

TEST_CASE("key, headers and time of an envelope are sent when asked for") {
  line b;
  envelope around;
  around.key = std::vector<std::byte>{std::byte{1}, std::byte{0}};
  around.headers = {{"a", std::vector<std::byte>{std::byte{7}}}, {"b", std::nullopt}};
  around.time = {(system_wall_clock().now().ns / 1'000'000'000 - 100) * 1'000'000'000};
  around.type = envelope::time_type::created;
  REQUIRE(b.p->send(b.topic, text_payload("x"), around, true, "test"));
  auto got = take(*b.c, 1);
  REQUIRE(got.size() == 1);
  auto arrived = envelope_of(*got[0].content);
  REQUIRE(arrived);
  CHECK(arrived->key == around.key);
  CHECK(arrived->headers == around.headers);
  CHECK(arrived->time == around.time);
}

TEST_CASE("edge 41 and 46: all partitions of all topics are read from where they end, nothing from before") {
  broker b;
  auto one = b.unique("one");
  auto two = b.unique("two");
  b.make_topic(one, 2);
  b.make_topic(two);
  auto p = b.produce();
  for (int i = 0; i < 49; ++i)
    REQUIRE(p->send(one, text_payload("old"), "test"));
  REQUIRE(p->flush(30s) == 0);
  auto c = b.consume({one, two});
  const auto lanes = c->lanes()->get();
  REQUIRE(lanes.size() == 3);
  CHECK(lanes[0].begin + lanes[1].begin == 49);
  CHECK(lanes[2].begin == 0);
  produce_now(*p, one, "new");
  produce_now(*p, two, "new");
  for (const auto& m : take(*c, 2))
    CHECK(text_of(m) == "new");
  CHECK(c->poll(10, 100ms).messages.empty());
}

TEST_CASE("missing topics are all named, and opening fails") {
  broker b;
  auto there = b.unique("there");
  b.make_topic(there);
  auto c = kafka_consumer::open(consumer_properties(b.connection(), "g"), {"gone_a", there, "gone_b"}, quick_limits());
  REQUIRE_FALSE(c);
  CHECK(c.error().reason == "kafka");
  CHECK(c.error().message.find("gone_a, gone_b") != std::string::npos);
  CHECK(c.error().message.find(there) == std::string::npos);
}

TEST_CASE("without a broker opening fails and says where it looked") {
  auto c =
    kafka_consumer::open(consumer_properties(without_environment({"127.0.0.1:1", {}}), "g"), {"t"}, quick_limits());
  REQUIRE_FALSE(c);
  CHECK(c.error().reason == "kafka");
  CHECK(c.error().message.find("127.0.0.1:1") != std::string::npos);
  CHECK(c.error().message.find("refused") != std::string::npos);
}

TEST_CASE("a property that librdkafka does not know, or a value that it does not take, is named") {
  broker b;
  for (const auto* text : {"no.such.property=1", "linger.ms=soon"}) {
    auto p = kafka_producer::open(producer_properties(b.connection({text})));
    REQUIRE_FALSE(p);
    CHECK(p.error().reason == "value");
    CHECK(p.error().message.find(std::string(text).substr(0, 9)) != std::string::npos);
    CHECK_FALSE(check_properties(b.connection({text})));
  }
  CHECK(check_properties(consumer_properties(b.connection(), "g")));
}

TEST_CASE("edge 47: a partition without leader is asked again; a refusal ends it at once") {
  broker b;
  if (b.mock() == nullptr) return; // errors can be ordered from the mock cluster only
  auto topic = b.unique("topic");
  b.make_topic(topic);
  auto p = b.produce();
  for (int i = 0; i < 42; ++i)
    REQUIRE(p->send(topic, text_payload("old"), "test"));
  REQUIRE(p->flush(30s) == 0);
  auto open = [&] { return kafka_consumer::open(consumer_properties(b.connection(), "g"), {topic}, quick_limits()); };
  rd_kafka_mock_push_request_errors(b.mock(), list_offsets_request, 2, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  auto c = open();
  REQUIRE_FALSE(c);
  CHECK(c.error().message.find(topic) != std::string::npos);
  rd_kafka_mock_push_request_errors(b.mock(), list_offsets_request, 2, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  c = open();
  REQUIRE(c);
  CHECK((*c)->lanes()->get().at(0).begin == 42);
}

TEST_CASE("a message of 10 MB passes") {
  line b;
  std::vector<std::byte> large(10'000'000);
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<std::byte>(i * 7 + i / 1000);
  auto content = make_payload(large);
  REQUIRE(b.p->send(b.topic, content, "large"));
  auto got = take(*b.c, 1);
  REQUIRE(got.size() == 1);
  CHECK(std::ranges::equal(got[0].content->bytes(), large));
}

TEST_CASE("a message larger than allowed is refused with its size and the limit, and the next one passes") {
  broker b;
  auto topic = b.unique("topic");
  b.make_topic(topic);
  auto p = b.produce({"message.max.bytes=100000"});
  auto sent = p->send(topic, make_payload(std::vector<std::byte>(200'000)), "image");
  REQUIRE_FALSE(sent);
  CHECK(sent.error().reason == "too_large");
  for (const auto* part : {"image", "200000", "message.max.bytes is 100000"})
    CHECK(sent.error().message.find(part) != std::string::npos);
  CHECK(p->totals().failed.at("too_large") == 1);
  produce_now(*p, topic, "small");
  CHECK(p->totals().delivered == 1);
}

TEST_CASE("a message larger than its topic takes is counted when the broker refuses it") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster has no such limit
  auto topic = b.unique("topic");
  b.make_topic(topic, 1, {{"max.message.bytes", "50000"}});
  auto p = b.produce();
  REQUIRE(p->send(topic, make_payload(std::vector<std::byte>(200'000)), "image"));
  REQUIRE(p->flush(30s) == 0);
  CHECK(p->totals().failed.at("too_large") == 1);
}

TEST_CASE("a message for a topic that is not there is counted, others are delivered") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster makes topics as they are asked for
  auto topic = b.unique("topic");
  b.make_topic(topic);
  auto p = b.produce({"topic.metadata.propagation.max.ms=500", "message.timeout.ms=5000"});
  REQUIRE(p->send(b.unique("nowhere"), text_payload("x"), "test"));
  REQUIRE(p->send(topic, text_payload("x"), "test"));
  REQUIRE(p->flush(30s) == 0);
  auto totals = p->totals();
  CHECK(totals.delivered == 1);
  REQUIRE(totals.failed.size() == 1);
  CHECK(totals.failed.begin()->second == 1);
  CHECK_FALSE(p->fatal());
}

TEST_CASE("edge 48: a full queue and a failed delivery are counted, and the producer lives on") {
  broker b;
  auto topic = b.unique("topic");
  b.make_topic(topic);
  auto away = kafka_producer::open(producer_properties(
    without_environment({"127.0.0.1:1", {"queue.buffering.max.messages=2", "message.timeout.ms=300"}})));
  REQUIRE(away);
  auto& p = **away;
  REQUIRE(p.send(topic, text_payload("1"), "test"));
  REQUIRE(p.send(topic, text_payload("2"), "test"));
  auto third = p.send(topic, text_payload("3"), "test");
  REQUIRE_FALSE(third);
  CHECK(third.error().reason == "queue_full");
  CHECK(p.flush(30s) == 0);
  auto totals = p.totals();
  CHECK(totals.delivered == 0);
  CHECK(totals.failed.at("queue_full") == 1);
  CHECK(totals.failed.at("not_delivered") == 2);
  CHECK_FALSE(p.fatal());
}

TEST_CASE("edge 48: after a refusal of access this and every later message fails") {
  broker b;
  if (b.mock() == nullptr) return; // errors can be ordered from the mock cluster only
  auto topic = b.unique("topic");
  b.make_topic(topic);
  auto p = b.produce();
  produce_now(*p, topic, "good");
  rd_kafka_mock_push_request_errors(b.mock(), produce_request, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  REQUIRE(p->send(topic, text_payload("refused"), "test"));
  REQUIRE(p->flush(30s) == 0);
  CHECK(p->totals().failed.at("fatal") == 1);
  REQUIRE(p->fatal());
  auto later = p->send(topic, text_payload("later"), "test");
  REQUIRE_FALSE(later);
  CHECK(later.error().reason == "fatal");
}

TEST_CASE("a payload outlives the consumer that it came from, on any thread") {
  broker b;
  auto topic = b.unique("topic");
  b.make_topic(topic);
  std::vector<raw_message> got;
  {
    auto c = b.consume({topic});
    auto p = b.produce();
    for (int i = 0; i < 100; ++i)
      REQUIRE(p->send(topic, text_payload(std::string(1000, static_cast<char>('a' + i % 26))), "test"));
    got = take(*c, 100);
  }
  REQUIRE(got.size() == 100);
  std::thread reader([messages = std::move(got)]() mutable {
    for (std::size_t i = 0; i < messages.size(); ++i)
      if (text_of(messages[i]) != std::string(1000, static_cast<char>('a' + i % 26))) std::abort();
    messages.clear();
  });
  reader.join();
}

TEST_CASE("the lag is what is on the broker and has not been read") {
  line b;
  for (int i = 0; i < 10; ++i)
    produce_now(*b.p, b.topic, "x");
  auto end = std::chrono::steady_clock::now() + 30s;
  while (b.c->lag().at(b.topic) == 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(20ms);
  CHECK(b.c->lag().at(b.topic) > 0);
  CHECK(take(*b.c, 10).size() == 10);
  CHECK(b.c->lag().at(b.topic) == 0);
}

TEST_CASE("where retention has deleted what was not read yet, reading goes on at the oldest, and the loss is counted") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster keeps everything
  auto topic = b.unique("topic");
  b.make_topic(topic);
  // Reads hardly ahead: one message, then it waits to be polled.
  auto hesitant = b.connection({"queued.max.messages.kbytes=1", "max.partition.fetch.bytes=1000"});
  auto c = kafka_consumer::open(consumer_properties(hesitant, "g"), {topic}, quick_limits());
  REQUIRE(c);
  auto p = b.produce();
  for (int i = 0; i < 20; ++i)
    produce_now(*p, topic, std::to_string(i) + std::string(20'000, ' '));
  delete_before(b, topic, 15);
  std::vector<int> read;
  std::uint64_t lost = 0;
  auto end = std::chrono::steady_clock::now() + 60s;
  while ((read.empty() || read.back() != 19) && std::chrono::steady_clock::now() < end) {
    auto got = (*c)->poll(100, 50ms);
    for (const auto& m : got.messages)
      read.push_back(std::stoi(text_of(m)));
    for (const auto& [name, n] : got.lost)
      lost += n;
  }
  REQUIRE(read.size() >= 5);
  CHECK(std::vector<int>(read.end() - 5, read.end()) == std::vector<int>{15, 16, 17, 18, 19});
  CHECK(std::ranges::is_sorted(read));
  CHECK(lost > 0);
  CHECK(read.size() + lost == 20);
  CHECK_FALSE((*c)->fatal());
}

TEST_CASE("a position that the broker denies although nothing is deleted is taken up again, without loss") {
  line b;
  if (b.mock() == nullptr) return; // errors can be ordered from the mock cluster only
  produce_now(*b.p, b.topic, "first");
  REQUIRE(take(*b.c, 1).size() == 1);
  constexpr std::int16_t fetch_request = 1;
  rd_kafka_mock_push_request_errors(b.mock(), fetch_request, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  std::uint64_t lost = 0;
  std::vector<std::string> read;
  produce_now(*b.p, b.topic, "second");
  auto end = std::chrono::steady_clock::now() + 30s;
  while (read.empty() && std::chrono::steady_clock::now() < end) {
    auto got = b.c->poll(100, 50ms);
    for (const auto& m : got.messages)
      read.push_back(text_of(m));
    for (const auto& [name, n] : got.lost)
      lost += n;
  }
  CHECK(read == std::vector<std::string>{"second"});
  CHECK(lost == 0);
}

} // namespace client_test
