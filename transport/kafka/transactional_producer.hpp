// Sends records in transactions, and knows of each whether the broker has it. There is one producer at a time for each
// id: the broker takes nothing more of the one before. After any failure it is of no further use; open another. For one
// thread.
#pragma once

#include "messages/result.hpp"
#include "transport/kafka/client.hpp"
#include "transport/kafka/topic_place.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace livedata {

class transactional_producer {
public:
  // `properties`: of transaction_properties. Asks the broker, at most so long; what the producer before left unfinished
  // is undone. Failure: "value" for a wrong property, else "kafka".
  static result<std::unique_ptr<transactional_producer>> open(const kafka_properties& properties,
                                                              std::chrono::milliseconds at_most);

  transactional_producer(const transactional_producer&) = delete;
  transactional_producer& operator=(const transactional_producer&) = delete;
  // Waits for nothing; what is not committed never happened.
  ~transactional_producer();

  // All below: failure "kafka" with what librdkafka says.

  // Learns where the partitions of a topic are, before the first record for it has to wait for that (a second).
  status find(const std::string& topic, std::chrono::milliseconds at_most);

  status begin();

  // A copy is sent. Without a value the key is deleted.
  status send(const topic_place& to, const std::string& key, std::optional<std::span<const std::byte>> value);

  // Waits until the broker has all that was sent, at most so long.
  status settle(std::chrono::milliseconds at_most);

  status commit(std::chrono::milliseconds at_most);

  // Offset of the last record that the broker has taken; before the first: -1.
  std::int64_t last_offset() const;

  // Whether the broker takes nothing more of this one: another with its id was opened, or it was away for too long.
  bool ended_by_broker() const;

private:
  struct ledger;

  transactional_producer();
  status outcome(rd_kafka_error_t* error) const;
  // With what else is known of the trouble.
  failure failed(std::string text) const;

  // Outlives the client, whose threads write into it.
  std::unique_ptr<ledger> ledger_;
  std::shared_ptr<kafka_client> client_;
};

} // namespace livedata
