// Sends messages to Kafka. What is sent is queued by librdkafka and delivered by its own threads; every delivery is
// checked and counted. To be used by one thread; counts may be read by any.
#pragma once

#include "messages/envelope.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"
#include "transport/kafka/client.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

class kafka_producer {
public:
  struct counts {
    std::uint64_t delivered = 0;
    // By reason: queue_full, too_large, refused (by the broker), not_delivered (given up), fatal.
    std::map<std::string, std::uint64_t> failed;
  };

  // Nothing is sent yet, and no broker need be there. Failure: "value" for a wrong property, else "kafka".
  static result<std::unique_ptr<kafka_producer>> open(const kafka_properties& properties);

  kafka_producer(const kafka_producer&) = delete;
  kafka_producer& operator=(const kafka_producer&) = delete;
  // Waits for nothing; see flush.
  ~kafka_producer();

  // Queues one message, without a copy of its content; key null, no headers, the time of now. `what` tells of it in
  // messages about failures. Failure: queue_full, too_large, fatal (once a fatal error has come: whatever is sent),
  // refused; counted as well.
  status send(const std::string& topic, const payload_ptr& content, std::string_view what);

  // The same with an envelope: key and headers are sent, and its time if `keep_time`.
  status send(const std::string& topic, const payload_ptr& content, const envelope& around, bool keep_time,
              std::string_view what);

  // Waits until everything is delivered or given up, at most so long. Messages still on their way after that.
  std::size_t flush(std::chrono::milliseconds at_most);

  // Waits for a broker to answer, at most so long. Failure: "kafka", with what to do.
  status await_broker(std::chrono::milliseconds at_most) const;

  // Messages that are queued or on their way.
  std::size_t unsent() const;

  // Sums over all topics, or by topic.
  counts totals() const;
  std::map<std::string, counts> by_topic() const;

  kafka_connection connection() const { return client_->connection(); }

  std::optional<std::string> fatal() const { return client_->fatal(); }

  const std::string& servers() const { return client_->servers(); }

private:
  struct ledger;

  kafka_producer() = default;
  status refuse(const std::string& topic, rd_kafka_resp_err_t code, std::size_t size, std::string_view what);

  // Outlives the client, whose threads write into it.
  std::unique_ptr<ledger> ledger_;
  std::shared_ptr<kafka_client> client_;
  std::string size_limit_;
};

} // namespace livedata
