// Snapshots as records of a compacted Kafka topic.
#pragma once

#include "transport/kafka/properties.hpp"
#include "transport/kafka/topic_place.hpp"
#include "transport/snapshots/snapshot_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace livedata {

// How long a broker is waited for. Without one a save fails within some 15 s, and the next ones in less.
struct topic_store_limits {
  // For an answer.
  std::chrono::milliseconds answer{4000};
  // Until it has what was sent.
  std::chrono::milliseconds confirmation{8000};
  // For the transactions to begin with, in all.
  std::chrono::milliseconds opening{15000};
  std::chrono::milliseconds commit{4000};
};

// The last `kept` snapshots of service `name` (INSTRUMENT.SERVICE) in a partition, beside those of other services; see
// topic_records.hpp. A generation that was interrupted anywhere leaves the ones before. A topic that is
// missing is made; one that is not compacted is told of in the log. `connection`: of connection_properties.
//
// One writer at a time: whoever opens it last. The broker takes nothing more of the one before, whose saves fail from
// then on. Failures: "value" for a wrong property; "kafka": no broker, or the topic can be neither used nor made, with
// what to do.
result<std::unique_ptr<snapshot_store>> open_topic_store(const kafka_properties& connection, const topic_place& place,
                                                         const std::string& name, std::size_t kept = 3,
                                                         const topic_store_limits& limits = {});

// Makes the topic with so many partitions if it is not there. Gives the number that it has. Failures as above.
result<std::int32_t> make_snapshot_topic(const kafka_properties& connection, const std::string& topic,
                                         std::int32_t partitions, const topic_store_limits& limits = {});

} // namespace livedata
