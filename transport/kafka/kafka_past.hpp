// Reads Kafka again, from a time in the past: with a consumer of its own, so that the reading that goes on notices
// nothing.
#pragma once

#include "transport/kafka/consumer.hpp"
#include "transport/past_reader.hpp"

#include <vector>

namespace livedata {

// `properties` of the connection, as for a consumer. `lanes`: the partitions that are read, and where that began.
// Messages come in the order of their times, as far as each partition is in it. Data is read from the first message of
// the time asked for, settings from ten minutes before it. The failure says so if Kafka has deleted what was then.
past_opener rewind_kafka(kafka_properties properties, std::vector<kafka_consumer::position> lanes);

// Where the reading began.
lane_offsets base_of(const std::vector<kafka_consumer::position>& lanes);

} // namespace livedata
