// Snapshots in a topic of a broker.
#include "broker.hpp"
#include "transport/snapshots/topic_records.hpp"
#include "transport/snapshots/topic_store.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

namespace topic_store_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const topic_store_limits quick{2s, 3s, 15s, 2s};

// Numbers of the protocol, for the mock cluster.
constexpr std::int16_t end_of_transaction = 26;

std::vector<std::byte> content_of(int seed, std::size_t size) {
  std::vector<std::byte> out(size);
  auto x = static_cast<std::uint32_t>(seed) * 2654435761u + 1;
  for (auto& b : out) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<std::byte>(x >> 24);
  }
  return out;
}

std::unique_ptr<snapshot_store> open_store(const broker& b, const std::string& topic,
                                           const std::string& service = "small.detector_data", std::size_t kept = 3,
                                           std::vector<std::string> properties = {}) {
  auto opened = open_topic_store(b.connection(std::move(properties)), {topic}, service, kept, quick);
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(*opened);
}

status save(snapshot_store& store, const std::vector<std::byte>& content) {
  const snapshot_store::bytes all(content);
  const auto first = std::min<std::size_t>(all.size(), 1000);
  const std::array<snapshot_store::bytes, 2> parts{all.first(first), all.subspan(first)};
  return store.save(parts);
}

// So many generations of the newest are not wanted.
std::vector<std::byte> newest(const snapshot_store& store, int unwanted = 0) {
  auto search = store.newest([&](const snapshot_store::found&) -> status {
    if (unwanted-- > 0) return failure{"snapshot", "not wanted"};
    return nothing{};
  });
  if (!search) throw std::runtime_error(search.error().message);
  return search->snapshot ? *search->snapshot->content : std::vector<std::byte>{};
}

void make_compacted(broker& b, const std::string& topic) {
  b.make_topic(topic, 1, {{"cleanup.policy", "compact"}});
}

// What is logged meanwhile.
class log_lines {
public:
  log_lines() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)));
  }

  log_lines(const log_lines&) = delete;
  log_lines& operator=(const log_lines&) = delete;

  ~log_lines() { spdlog::set_default_logger(before_); }

  bool holds(const std::string& text) const { return lines_.str().find(text) != std::string::npos; }

private:
  std::ostringstream lines_;
  std::shared_ptr<spdlog::logger> before_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("snapshots in a topic: the newest is found, also by the next process, and generations take turns") {
  broker b;
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  // The mock cluster keeps 5 MB.
  const std::size_t size = b.mock() != nullptr ? 1'000'000 : 7'000'000;
  {
    const auto store = open_store(b, topic, "small.detector_data", 2);
    CHECK(newest(*store).empty());
    for (int i = 1; i <= 5; ++i)
      REQUIRE(save(*store, content_of(i, size + static_cast<std::size_t>(i) * 70'000)));
    CHECK(newest(*store) == content_of(5, size + 350'000));
  }
  const auto again = open_store(b, topic, "small.detector_data", 2);
  CHECK(newest(*again) == content_of(5, size + 350'000));
  CHECK(newest(*again, 1) == content_of(4, size + 280'000));
  // With fewer chunks than the one whose slot it takes.
  REQUIRE(save(*again, content_of(6, 10)));
  CHECK(newest(*again) == content_of(6, 10));
  CHECK(newest(*again, 1) == content_of(5, size + 350'000));
  const auto third = open_store(b, topic, "small.detector_data", 2);
  // Without being asked for the newest first.
  REQUIRE(save(*third, content_of(7, 20)));
  CHECK(newest(*third, 1) == content_of(6, 10));
}

TEST_CASE("services keep their snapshots in one topic, and each has its own") {
  broker b;
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  const auto detector = open_store(b, topic, "small.detector_data");
  const auto monitor = open_store(b, topic, "small.monitor_data");
  for (int i = 0; i < 4; ++i) {
    REQUIRE(save(*detector, content_of(i, 1200)));
    REQUIRE(save(*monitor, content_of(100 + i, 2300)));
  }
  CHECK(newest(*detector) == content_of(3, 1200));
  CHECK(newest(*detector, 2) == content_of(1, 1200));
  CHECK(newest(*monitor) == content_of(103, 2300));
}

TEST_CASE("chunks are smaller than the message limits of the producer and of the topic") {
  broker b;
  const auto topic = b.unique("snapshots");
  const auto of_topic = b.mock() == nullptr;
  b.make_topic(topic, 1, {{"cleanup.policy", "compact"}, {"max.message.bytes", "50000"}});
  const auto store =
    open_store(b, topic, "small.detector_data", 3,
               of_topic ? std::vector<std::string>{} : std::vector<std::string>{"message.max.bytes=50000"});
  REQUIRE(save(*store, content_of(1, 400'000)));
  CHECK(newest(*store) == content_of(1, 400'000));
}

TEST_CASE("a store that is opened later is the only one that writes, and the one before says so and stops") {
  broker b;
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  const auto first = open_store(b, topic);
  REQUIRE(save(*first, content_of(1, 5000)));
  const auto second = open_store(b, topic);
  // The mock cluster does not end the one before by itself.
  if (b.mock() != nullptr)
    rd_kafka_mock_push_request_errors(b.mock(), end_of_transaction, 1, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
  for (int i = 0; i < 3; ++i) {
    const auto refused = save(*first, content_of(2, 5000));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == "in_use");
    CHECK(holds(refused.error().message, "another engine"));
    CHECK(holds(refused.error().message, "small.detector_data in topic " + topic));
  }
  REQUIRE(save(*second, content_of(3, 5000)));
  CHECK(newest(*second) == content_of(3, 5000));
  CHECK(newest(*second, b.mock() != nullptr ? 2 : 1) == content_of(1, 5000));
}

TEST_CASE("a producer that the broker has given up, but no other writer, costs one snapshot") {
  broker b;
  if (b.mock() == nullptr) return; // errors can be ordered from the mock cluster only
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  const auto store = open_store(b, topic);
  REQUIRE(save(*store, content_of(1, 5000)));
  rd_kafka_mock_push_request_errors(b.mock(), end_of_transaction, 1, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
  const auto refused = save(*store, content_of(2, 5000));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "write");
  REQUIRE(save(*store, content_of(3, 5000)));
  CHECK(newest(*store) == content_of(3, 5000));
}

TEST_CASE("without a broker a save fails in time, and the next ones work when it is back") {
  broker b;
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  const auto store = open_store(b, topic);
  for (int i = 1; i <= 3; ++i)
    REQUIRE(save(*store, content_of(i, 2'000)));
  b.kill();
  for (int i = 0; i < 2; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto refused = save(*store, content_of(9, 100'000));
    CHECK(std::chrono::steady_clock::now() - begun < 20s);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == "write");
    CHECK(holds(refused.error().message, topic));
    CHECK(holds(refused.error().message, "the one before stays"));
  }
  b.start_again();
  const auto end = std::chrono::steady_clock::now() + 60s;
  auto saved = save(*store, content_of(4, 100'000));
  while (!saved && std::chrono::steady_clock::now() < end)
    saved = save(*store, content_of(4, 100'000));
  REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().message));
  CHECK(newest(*store) == content_of(4, 100'000));
  CHECK(newest(*store, 1) == content_of(3, 2'000));
  CHECK(newest(*store, 2) == content_of(2, 2'000));
}

TEST_CASE("a process that ends between two chunks leaves the generation before") {
  broker b;
  const auto topic = b.unique("snapshots");
  make_compacted(b, topic);
  {
    const auto store = open_store(b, topic);
    REQUIRE(save(*store, content_of(1, 5000)));
  }
  // What it would have sent until then.
  const auto content = content_of(2, 5000);
  const snapshot_store::bytes part(content);
  const auto cut = cut_snapshot("small.detector_data", 1, 2, {&part, 1}, 1000);
  const auto producer = b.produce();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto key = std::as_bytes(std::span(cut.chunks[i].key));
    envelope around;
    around.key.emplace(key.begin(), key.end());
    REQUIRE(producer->send(topic, make_payload(*cut.chunks[i].value), around, false, "chunk"));
  }
  REQUIRE(producer->flush(30s) == 0);
  const auto store = open_store(b, topic);
  CHECK(newest(*store) == content_of(1, 5000));
  REQUIRE(save(*store, content_of(3, 700)));
  CHECK(newest(*store) == content_of(3, 700));
  CHECK(newest(*store, 1) == content_of(1, 5000));
}

TEST_CASE("a topic that is missing is made compacted, and one that may not be made is told of with the command") {
  broker b;
  const auto topic = b.unique("snapshots");
  if (b.mock() != nullptr) {
    // The mock cluster makes none.
    auto refused = open_topic_store(b.connection(), {topic}, "small.detector_data", 3, quick);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == "kafka");
    CHECK(holds(refused.error().message, "kafka-topics.sh --bootstrap-server " + b.servers() + " --create --topic " +
                                           topic + " --partitions 1 --config cleanup.policy=compact"));
    return;
  }
  const auto store = open_store(b, topic);
  REQUIRE(save(*store, content_of(1, 3000)));
  CHECK(newest(*store) == content_of(1, 3000));
  auto client = kafka_client::make(kafka_client::role::consumer, reading_properties(b.connection())).value();
  CHECK(settings_of_topic(*client, topic, 10s).value().at("cleanup.policy") == "compact");
  CHECK(topics_of(*client, 10s).value().at(topic) == 1);
}

TEST_CASE("a topic that is not compacted is told of in the log with the remedy, and is used") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster has no settings
  const auto topic = b.unique("snapshots");
  b.make_topic(topic, 1, {{"cleanup.policy", "delete"}});
  const auto compacted = b.unique("snapshots");
  make_compacted(b, compacted);
  log_lines lines;
  const auto good = open_store(b, compacted);
  CHECK_FALSE(lines.holds("snapshot_topic_not_compacted"));
  const auto store = open_store(b, topic);
  CHECK(lines.holds("snapshot_topic_not_compacted"));
  CHECK(lines.holds("kafka-configs.sh"));
  REQUIRE(save(*store, content_of(1, 3000)));
  CHECK(newest(*store) == content_of(1, 3000));
}

TEST_CASE("without a broker no store is opened, and the failure says what to do") {
  std::string servers;
  kafka_properties connection;
  {
    broker b;
    if (b.mock() == nullptr) return; // that one is to live on
    connection = b.connection();
    servers = b.servers();
  }
  auto refused = open_topic_store(connection, {"snapshots"}, "small.detector_data", 3, quick);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "kafka");
  CHECK(holds(refused.error().message, servers));
}

} // namespace topic_store_test
