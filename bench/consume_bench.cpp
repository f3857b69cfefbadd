// livedata-bench-consume: how fast a consumer of librdkafka takes a topic that does nothing but drop every message,
// from the oldest message to the end that the topic has at the start. Prints a JSON object. What livedata does with the
// same topic and the same properties is measured against it.
#include "app/tools/tool_options.hpp"
#include "messages/json.hpp"
#include "transport/kafka/consumer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(10);
constexpr int wait_ms = 100;

std::vector<tool_option> known_options() {
  return with_kafka_options({{"topic", "<name>", "The topic."}});
}

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

status consume(const tool_arguments& args) {
  auto topic = args.needed("topic");
  if (!topic) return topic.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  auto made = kafka_client::make(kafka_client::role::consumer, consumer_properties(*connection, "livedata-bench"));
  if (!made) return made.error();
  const auto& client = **made;
  auto partitions = extents_of(client, {*topic});
  if (!partitions) return partitions.error();
  std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> list(
    rd_kafka_topic_partition_list_new(static_cast<int>(partitions->size())), rd_kafka_topic_partition_list_destroy);
  std::size_t at_end = 0;
  for (const auto& p : *partitions) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = p.oldest;
    if (p.oldest == p.end) ++at_end;
  }
  if (at_end == partitions->size()) return failure{"value", fmt::format("topic {} is empty", *topic)};

  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  auto cpu_begin = cpu_seconds();
  auto begin = steady::now();
  auto last = begin;
  rd_kafka_assign(client.handle(), list.get());
  while (at_end < partitions->size()) {
    auto* m = rd_kafka_consumer_poll(client.handle(), wait_ms);
    if (m == nullptr) {
      if (steady::now() - last > patience) return failure{"kafka", fmt::format("nothing comes from {}", *topic)};
      continue;
    }
    last = steady::now();
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failure why{"kafka", rd_kafka_message_errstr(m)};
      rd_kafka_message_destroy(m);
      return why;
    }
    ++messages;
    bytes += m->len;
    if (m->offset + 1 == (*partitions)[static_cast<std::size_t>(m->partition)].end) ++at_end;
    rd_kafka_message_destroy(m);
  }
  auto seconds = std::chrono::duration<double>(last - begin).count();
  auto cpu = cpu_seconds() - cpu_begin;
  rd_kafka_consumer_close(client.handle());
  fmt::print(
    "{}\n",
    json{{"topic", *topic}, {"messages", messages}, {"bytes", bytes}, {"seconds", seconds}, {"cpu_s", cpu}}.dump());
  return nothing{};
}

} // namespace

tool this_tool() {
  return {
    "livedata-bench-consume",
    "Reads a topic from its oldest message to its end, as fast as it goes, with the properties that livedata sets "
    "for its consumer, and drops every message. Prints messages, bytes and seconds as JSON.",
    known_options(), consume};
}

} // namespace livedata
