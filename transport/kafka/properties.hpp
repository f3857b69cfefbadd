// Properties of librdkafka: what we set, what the user sets over it, and what environment variables say. Plain code.
#pragma once

#include "messages/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// Names and values in the order in which they are set; of a name given twice the last value holds.
using kafka_properties = std::vector<std::pair<std::string, std::string>>;

// Gives the value of a variable of the environment.
using variable_lookup = std::function<std::optional<std::string>(std::string)>;

// What a user says about Kafka.
struct kafka_wishes {
  // "host:port,host:port"; from the environment if not given.
  std::optional<std::string> bootstrap_servers;
  // "name=value", any property of librdkafka.
  std::vector<std::string> properties;
};

// The connection: servers, security, sizes. LIVEDATA_ENV=dev (the default) takes localhost:9092; docker takes
// KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD,
// all of which must be set. Wishes come after that and count more. The failure names variable or property.
result<kafka_properties> connection_properties(const kafka_wishes& wishes, const variable_lookup& variable);

// The connection as a consumer needs it. The user's properties count more than ours.
kafka_properties consumer_properties(const kafka_properties& connection, std::string_view group_id);

// The same for a producer: no linger, memory for at most 1 GiB of unsent messages.
kafka_properties producer_properties(const kafka_properties& connection);

// The same for a producer of transactions: there is one at a time for each id. What transactions need counts more than
// the user's properties.
kafka_properties transaction_properties(const kafka_properties& connection, std::string_view id);

// The same for reading a topic from any place to its end, without a group; also what belongs to no finished
// transaction.
kafka_properties reading_properties(const kafka_properties& connection);

// Whether the value of a property is for nobody to see: passwords, keys, what tokens are made from.
bool is_secret(std::string_view property);

// "name=value" as it may be shown: without the value of a secret, and without a text that is no property.
std::string shown_property(std::string_view name_and_value);

// The value of a property; empty if there is none.
std::string_view property(const kafka_properties& properties, std::string_view name);

} // namespace livedata
