// Sends everything to Kafka: results to <instrument>_livedata_data, other messages to the topic of their channel. Key
// null, no headers. Nothing waits for a delivery; deliveries are checked as they come in.
#pragma once

#include "actors/publisher/result_sink.hpp"
#include "transport/kafka/producer.hpp"

#include <memory>
#include <string>

namespace livedata {

// "loki_livedata_data"
std::string topic_of(channel to, std::string_view instrument);

class kafka_sink final : public result_sink {
public:
  kafka_sink(caf::actor_system& system, std::shared_ptr<kafka_producer> producer, std::string instrument);

  // Messages that were queued. Throws incomplete_delivery for those that could not be.
  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;

  // Waits for deliveries, at most 5 s; throws if some are missing then.
  void finish() override;

private:
  void post(channel to, const payload_ptr& content, std::string_view what);
  void throw_if_failed(std::uint64_t of);
  void update_metrics();

  caf::actor_system& system_;
  std::shared_ptr<kafka_producer> producer_;
  std::string instrument_;
  caf::telemetry::int_gauge* unsent_;
  caf::telemetry::int_gauge* connected_;
  std::map<std::string, caf::telemetry::int_counter*> delivered_;
  std::map<std::pair<std::string, std::string>, caf::telemetry::int_counter*> failed_;
  // Of the call under way.
  std::uint64_t refused_ = 0;
  std::string first_refusal_;
};

} // namespace livedata
