#include "transport/kafka/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace livedata {

namespace {

struct metadata_deleter {
  void operator()(const rd_kafka_metadata_t* m) const { rd_kafka_metadata_destroy(m); }
};

struct queue_deleter {
  void operator()(rd_kafka_queue_t* q) const { rd_kafka_queue_destroy(q); }
};

struct event_deleter {
  void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); }
};

struct options_deleter {
  void operator()(rd_kafka_AdminOptions_t* o) const { rd_kafka_AdminOptions_destroy(o); }
};

} // namespace

result<std::map<std::string, int>> topics_of(const kafka_client& client, std::chrono::milliseconds at_most) {
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = rd_kafka_metadata(client.handle(), 1, nullptr, &metadata, static_cast<int>(at_most.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto why = client.connection().last_error;
    if (auto fatal = client.fatal()) why = *fatal;
    if (why.empty()) why = rd_kafka_err2str(code);
    return failure{"kafka", fmt::format("no Kafka broker answers at {} ({}); see that it runs, and check "
                                        "kafka.bootstrap-servers and the security settings",
                                        client.servers(), why)};
  }
  std::unique_ptr<const rd_kafka_metadata_t, metadata_deleter> owner(metadata);
  std::map<std::string, int> out;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    if (const auto& t = metadata->topics[i]; t.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      out.emplace(t.topic, t.partition_cnt);
  return out;
}

namespace {

// A broker confirms a topic before it tells of it to those who ask.
void wait_until_known(const kafka_client& client, const std::vector<topic_outcome>& made,
                      std::chrono::milliseconds at_most) {
  auto end = std::chrono::steady_clock::now() + at_most;
  auto known = [&](const std::map<std::string, int>& topics) {
    return std::all_of(made.begin(), made.end(),
                       [&](const auto& o) { return o.what == topic_outcome::failed || topics.contains(o.topic); });
  };
  while (std::chrono::steady_clock::now() < end) {
    if (auto topics = topics_of(client, at_most); topics && known(*topics)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

} // namespace

result<std::vector<topic_outcome>> create_topics(const kafka_client& client, const std::vector<topic_spec>& topics,
                                                 std::chrono::milliseconds at_most, int partitions) {
  auto milliseconds = static_cast<int>(at_most.count());
  std::array<char, 512> why{};
  std::vector<rd_kafka_NewTopic_t*> wanted;
  auto destroy = [&] { rd_kafka_NewTopic_destroy_array(wanted.data(), wanted.size()); };
  for (const auto& t : topics) {
    auto* topic = rd_kafka_NewTopic_new(t.name.c_str(), partitions, -1, why.data(), why.size());
    if (topic == nullptr) {
      destroy();
      return failure{"value", fmt::format("topic '{}': {}", t.name, why.data())};
    }
    for (const auto& [name, value] : t.settings)
      rd_kafka_NewTopic_set_config(topic, name.c_str(), value.c_str());
    wanted.push_back(topic);
  }
  std::unique_ptr<rd_kafka_queue_t, queue_deleter> queue(rd_kafka_queue_new(client.handle()));
  std::unique_ptr<rd_kafka_AdminOptions_t, options_deleter> options(
    rd_kafka_AdminOptions_new(client.handle(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds, why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), milliseconds, why.data(), why.size());
  rd_kafka_CreateTopics(client.handle(), wanted.data(), wanted.size(), options.get(), queue.get());
  std::unique_ptr<rd_kafka_event_t, event_deleter> event(rd_kafka_queue_poll(queue.get(), milliseconds + 1000));
  destroy();
  if (!event) return failure{"kafka", fmt::format("the broker at {} did not answer", client.servers())};
  if (auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure{"kafka", fmt::format("the broker at {} creates no topics: {}", client.servers(),
                                        rd_kafka_event_error_string(event.get()))};
  std::size_t count = 0;
  const auto** outcomes = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  std::vector<topic_outcome> out;
  for (std::size_t i = 0; i < count; ++i) {
    topic_outcome o;
    o.topic = rd_kafka_topic_result_name(outcomes[i]);
    auto code = rd_kafka_topic_result_error(outcomes[i]);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      o.what = topic_outcome::existed;
    } else if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      o.what = topic_outcome::failed;
      const auto* text = rd_kafka_topic_result_error_string(outcomes[i]);
      o.error = text == nullptr ? rd_kafka_err2str(code) : text;
    }
    out.push_back(std::move(o));
  }
  wait_until_known(client, out, at_most);
  return out;
}

result<std::map<std::string, std::string>> settings_of_topic(const kafka_client& client, const std::string& topic,
                                                             std::chrono::milliseconds at_most) {
  const auto milliseconds = static_cast<int>(at_most.count());
  std::array<char, 512> why{};
  std::unique_ptr<rd_kafka_queue_t, queue_deleter> queue(rd_kafka_queue_new(client.handle()));
  std::unique_ptr<rd_kafka_AdminOptions_t, options_deleter> options(
    rd_kafka_AdminOptions_new(client.handle(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds, why.data(), why.size());
  auto* asked = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_DescribeConfigs(client.handle(), &asked, 1, options.get(), queue.get());
  std::unique_ptr<rd_kafka_event_t, event_deleter> event(rd_kafka_queue_poll(queue.get(), milliseconds + 1000));
  rd_kafka_ConfigResource_destroy(asked);
  auto refused = [&](const char* text) {
    return failure{"kafka", fmt::format("the broker at {} does not tell the settings of topic {}: {}", client.servers(),
                                        topic, text)};
  };
  if (!event) return refused("it did not answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return refused(rd_kafka_event_error_string(event.get()));
  std::size_t resources = 0;
  const auto** answers =
    rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &resources);
  if (resources != 1) return refused("it answered something else");
  if (auto code = rd_kafka_ConfigResource_error(answers[0]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return refused(rd_kafka_err2str(code));
  std::size_t count = 0;
  const auto** entries = rd_kafka_ConfigResource_configs(answers[0], &count);
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    if (const auto* value = rd_kafka_ConfigEntry_value(entries[i]))
      out.emplace(rd_kafka_ConfigEntry_name(entries[i]), value);
  return out;
}

} // namespace livedata
