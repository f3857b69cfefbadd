// Reads what a topic has, once.
#pragma once

#include "messages/result.hpp"
#include "transport/kafka/properties.hpp"
#include "transport/kafka/topic_place.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace livedata {

// Valid as long as the call that it is given to.
struct record_view {
  std::int64_t offset = 0;
  std::string_view key;
  // Nothing: the key is deleted.
  std::optional<std::span<const std::byte>> value;
};

// Reads a partition from an offset, or from its oldest record if that is later, to the end that it has at the call.
// `properties`: of reading_properties. `patience`: for an answer of the broker, and between two records. Failure:
// "value" for a wrong property, "kafka" if there is no broker, no topic, or no next record in time.
status read_to_end(const kafka_properties& properties, const topic_place& place, std::int64_t from,
                   std::chrono::milliseconds patience, const std::function<void(const record_view&)>& take);

} // namespace livedata
