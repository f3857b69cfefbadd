// The broker of a test: librdkafka's mock cluster, one for each test, or, where LIVEDATA_TEST_KAFKA names the data
// folder of a broker that tools/kafka runs, that broker. Tests run unchanged on both.
#pragma once

#include "messages/random_uuid.hpp"
#include "transport/kafka/admin.hpp"
#include "transport/kafka/consumer.hpp"
#include "transport/kafka/producer.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <places.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace livedata::test {

using namespace std::chrono_literals;

inline std::optional<std::string> real_broker() {
  const auto* folder = std::getenv("LIVEDATA_TEST_KAFKA");
  return folder == nullptr ? std::nullopt : std::optional<std::string>(folder);
}

class broker {
public:
  broker() {
    if (auto folder = real_broker()) {
      int port = 0;
      std::ifstream(*folder + "/port") >> port;
      servers_ = fmt::format("127.0.0.1:{}", port);
      return;
    }
    std::array<char, 256> why{};
    auto* conf = rd_kafka_conf_new();
    // Nobody is to hear that the owner itself is not connected to anything.
    rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (owner_ == nullptr) throw std::runtime_error(why.data());
    mock_ = rd_kafka_mock_cluster_new(owner_, 1);
    servers_ = rd_kafka_mock_cluster_bootstraps(mock_);
  }

  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  ~broker() {
    if (mock_ != nullptr) rd_kafka_mock_cluster_destroy(mock_);
    if (owner_ != nullptr) rd_kafka_destroy(owner_);
  }

  // Null if the broker is real.
  rd_kafka_mock_cluster_t* mock() const { return mock_; }

  const std::string& servers() const { return servers_; }

  kafka_properties connection(std::vector<std::string> properties = {}) const {
    return connection_properties({servers_, std::move(properties)},
                                 [](const std::string&) -> std::optional<std::string> { return {}; })
      .value();
  }

  // Something that no other test uses.
  std::string unique(const std::string& what) const {
    return fmt::format("{}_{}", what, to_string(random_uuid()).substr(0, 8));
  }

  void make_topic(const std::string& name, int partitions = 1,
                  std::vector<std::pair<std::string, std::string>> settings = {{"max.message.bytes", "104857600"}}) {
    if (mock_ != nullptr) {
      rd_kafka_mock_topic_create(mock_, name.c_str(), partitions, 1);
      return;
    }
    auto client = kafka_client::make(kafka_client::role::producer, connection()).value();
    auto made = create_topics(*client, {{name, std::move(settings)}}, 20s, partitions).value();
    if (made.at(0).what == topic_outcome::failed) throw std::runtime_error(made[0].error);
  }

  std::unique_ptr<kafka_consumer> consume(const std::vector<std::string>& topics) const {
    auto c = kafka_consumer::open(consumer_properties(connection(), unique("group")), topics);
    if (!c) throw std::runtime_error(c.error().message);
    return std::move(*c);
  }

  std::unique_ptr<kafka_producer> produce(std::vector<std::string> properties = {}) const {
    return std::move(kafka_producer::open(producer_properties(connection(std::move(properties)))).value());
  }

  // The broker is gone at once, as by a crash.
  void kill() {
    if (mock_ != nullptr)
      rd_kafka_mock_broker_set_down(mock_, 1);
    else
      run("stop --kill");
  }

  void start_again() {
    if (mock_ != nullptr)
      rd_kafka_mock_broker_set_up(mock_, 1);
    else
      run("start");
  }

private:
  static void run(const std::string& command) {
    auto line = fmt::format("{}/tools/kafka {} --data {} >/dev/null", LIVEDATA_SOURCE_DIR, command, *real_broker());
    if (std::system(line.c_str()) != 0) throw std::runtime_error(line);
  }

  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* mock_ = nullptr;
  std::string servers_;
};

// Asks a real broker for something: `ask` gets the handle and the queue for the answer, which has to be without error.
template <class Ask>
void administer(const broker& b, Ask&& ask) {
  auto client = kafka_client::make(kafka_client::role::producer, b.connection()).value();
  auto* queue = rd_kafka_queue_new(client->handle());
  ask(client->handle(), queue);
  auto* answer = rd_kafka_queue_poll(queue, 30'000);
  const auto error = answer == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(answer);
  if (answer != nullptr) rd_kafka_event_destroy(answer);
  rd_kafka_queue_destroy(queue);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
}

// Polls until there are as many messages, or too much time has passed.
inline std::vector<raw_message> take(kafka_consumer& c, std::size_t n, std::chrono::seconds patience = 30s) {
  std::vector<raw_message> out;
  auto end = std::chrono::steady_clock::now() + patience;
  while (out.size() < n && std::chrono::steady_clock::now() < end) {
    auto got = c.poll(100, 50ms);
    out.insert(out.end(), got.messages.begin(), got.messages.end());
  }
  return out;
}

inline payload_ptr text_payload(const std::string& text) {
  auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return make_payload({bytes.begin(), bytes.end()});
}

inline std::string text_of(const raw_message& m) {
  auto bytes = m.content->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace livedata::test
