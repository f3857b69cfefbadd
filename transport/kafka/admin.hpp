// Topics of a broker: what is there, and making what is not.
#pragma once

#include "transport/kafka/client.hpp"
#include "transport/kafka/topic_list.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace livedata {

// How long programs wait for the first answer of a broker, unless they are told otherwise.
inline constexpr std::chrono::milliseconds broker_patience{5000};

// Number of partitions by topic, of all topics that we may see. Failure: "kafka", if no broker answers in time.
result<std::map<std::string, int>> topics_of(const kafka_client& client, std::chrono::milliseconds at_most);

struct topic_outcome {
  std::string topic;

  enum { created, existed, failed } what = created;

  std::string error;
};

// Creates topics, and waits until the broker tells of them; those that exist are left as they are.
result<std::vector<topic_outcome>> create_topics(const kafka_client& client, const std::vector<topic_spec>& topics,
                                                 std::chrono::milliseconds at_most, int partitions = 1);

// The settings of a topic on the broker. Failure: "kafka", also if the broker does not let us see them.
result<std::map<std::string, std::string>> settings_of_topic(const kafka_client& client, const std::string& topic,
                                                             std::chrono::milliseconds at_most);

} // namespace livedata
