// livedata-bench-consume: how fast a consumer of librdkafka takes a topic that does nothing but drop every message,
// from the oldest message to the end that the topic has at the start. Prints a JSON object. What livedata does with the
// same topic and the same properties is measured against it.
#include "actors/kafka/admin.hpp"
#include "app/tools/tool_options.hpp"
#include "messages/json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <vector>

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

using list_ptr = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;

// What is on a topic: offsets of the oldest messages, and the end of each partition.
struct extent {
  list_ptr oldest{nullptr, rd_kafka_topic_partition_list_destroy};
  std::vector<std::int64_t> ends;
  std::uint64_t messages = 0;
};

result<extent> extent_of(const kafka_client& client, const std::string& topic) {
  auto there = topics_of(client, patience);
  if (!there) return there.error();
  auto found = there->find(topic);
  if (found == there->end())
    return failure{"value", fmt::format("there is no topic {} on {}", topic, client.servers())};
  extent out;
  out.oldest.reset(rd_kafka_topic_partition_list_new(found->second));
  for (int p = 0; p < found->second; ++p) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto code = rd_kafka_query_watermark_offsets(client.handle(), topic.c_str(), p, &low, &high,
                                                 static_cast<int>(std::chrono::milliseconds(patience).count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failure{"kafka", fmt::format("the end of topic {} is not known: {}", topic, rd_kafka_err2str(code))};
    rd_kafka_topic_partition_list_add(out.oldest.get(), topic.c_str(), p)->offset = low;
    out.ends.push_back(high);
    out.messages += static_cast<std::uint64_t>(high - low);
  }
  return out;
}

status consume(const tool_arguments& args) {
  auto topic = args.needed("topic");
  if (!topic) return topic.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  auto made = kafka_client::make(kafka_client::role::consumer, consumer_properties(*connection, "livedata-bench"));
  if (!made) return made.error();
  const auto& client = **made;
  auto what = extent_of(client, *topic);
  if (!what) return what.error();
  if (what->messages == 0) return failure{"value", fmt::format("topic {} is empty", *topic)};

  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::size_t at_end = 0;
  for (std::size_t p = 0; p < what->ends.size(); ++p)
    if (what->oldest->elems[p].offset == what->ends[p]) ++at_end;
  auto cpu_begin = cpu_seconds();
  auto begin = steady::now();
  auto last = begin;
  rd_kafka_assign(client.handle(), what->oldest.get());
  while (at_end < what->ends.size()) {
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
    if (m->offset + 1 == what->ends[static_cast<std::size_t>(m->partition)]) ++at_end;
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
