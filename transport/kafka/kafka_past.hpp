// Reads Kafka again from a time in the past, with a consumer of its own.
#pragma once

#include "transport/kafka/consumer.hpp"
#include "transport/past_reader.hpp"

#include <vector>

namespace livedata {

// `properties` are those of a consumer. `lanes` are the partitions, each with the offset where the reading of what
// comes now began. Messages come in the order of their times, as far as each partition is in it. Data is read from the
// first message of the time asked for, context from ten minutes before it. A failure says so if Kafka has deleted that
// data. librdkafka reads 64 MB ahead, or 2 MB a partition if that is more.
past_opener rewind_kafka(kafka_properties properties, std::vector<kafka_consumer::position> lanes);

// Where the reading began.
lane_offsets base_of(const std::vector<kafka_consumer::position>& lanes);

} // namespace livedata
