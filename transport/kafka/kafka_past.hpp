// Reads Kafka again from a time in the past, with a consumer of its own.
#pragma once

#include "transport/kafka/lane_list.hpp"
#include "transport/kafka/properties.hpp"
#include "transport/past_reader.hpp"

#include <memory>
#include <vector>

namespace livedata {

// `properties` are those of a consumer. `lanes` are the partitions that it reads. Data is read from the first message
// of the time asked for, wherever Kafka's clock was at that time; context from ten minutes before it, by Kafka's clock.
// Messages come in the order of the times of their data, as far as each partition is in it. A failure says so if Kafka
// has deleted that data. librdkafka reads 64 MB ahead, or 2 MB a partition if that is more.
past_opener rewind_kafka(kafka_properties properties, std::shared_ptr<const lane_list> lanes);

// Where the reading began.
lane_offsets base_of(const std::vector<kafka_lane>& lanes);

} // namespace livedata
