// Sends everything to Kafka: results to <instrument>_livedata_data, other messages to the topic of their channel. Keys
// are null, and there are no headers. No call but finish() waits for deliveries; they are counted as they are
// confirmed.
#pragma once

#include "actors/publisher/result_sink.hpp"
#include "transport/kafka/producer.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace livedata {

// "loki_livedata_data"
std::string topic_of(channel to, std::string_view instrument);

class kafka_sink final : public result_sink {
public:
  kafka_sink(caf::actor_system& system, std::shared_ptr<kafka_producer> producer, std::string instrument);

  // Queues the messages. Throws incomplete_delivery if some could not be queued.
  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;

  // Waits at most 5 s for deliveries. Throws std::runtime_error if some are missing then.
  void finish() override;

private:
  void post(channel to, const payload_ptr& content, std::string_view what);
  void throw_if_failed(std::uint64_t of);
  void update_metrics();
  caf::telemetry::int_counter* delivered(const std::string& topic);
  caf::telemetry::int_counter* failed(const std::string& topic, const std::string& reason);

  caf::actor_system& system_;
  std::shared_ptr<kafka_producer> producer_;
  std::string instrument_;
  caf::telemetry::int_gauge* unsent_;
  caf::telemetry::int_gauge* connected_;
  std::map<std::string, caf::telemetry::int_counter*> delivered_;
  std::map<std::pair<std::string, std::string>, caf::telemetry::int_counter*> failed_;
  // In this call of deliver() or send().
  std::uint64_t refused_ = 0;
  std::string first_refusal_;
};

} // namespace livedata
