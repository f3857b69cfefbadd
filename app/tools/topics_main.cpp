// livedata-topics: creates the topics of an instrument on a broker.
#include "app/plan.hpp"
#include "app/tools/tool_options.hpp"
#include "transport/kafka/admin.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

constexpr auto patience = std::chrono::seconds(15);
constexpr double least_seconds_kept = 1;
constexpr double most_seconds_kept = 1e9;

double seconds_of(std::chrono::milliseconds t) {
  return std::chrono::duration<double>(t).count();
}

std::vector<tool_option> known_options() {
  return with_kafka_options({{"instrument", "<name>", "Name of the instrument, or path of its file."},
                             {"keep", "<seconds>", "How long topics of raw data keep their messages. Default: 30."},
                             {"list", "", "Print the topics and their settings; talk to no broker."}});
}

status create(const tool_arguments& args) {
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  auto keep = args.number("keep", seconds_of(usual_retention_of_raw_data), least_seconds_kept);
  if (!keep) return keep.error();
  if (*keep > most_seconds_kept) return failure{"value", fmt::format("--keep: at most {}", most_seconds_kept)};
  auto topics = topics_of_instrument(*inst, std::chrono::milliseconds(static_cast<std::int64_t>(*keep * 1000)));
  if (args.has("list")) {
    for (const auto& t : topics) {
      fmt::print("{}", t.name);
      for (const auto& [setting, value] : t.settings)
        fmt::print(" {}={}", setting, value);
      fmt::print("\n");
    }
    return nothing{};
  }
  auto properties = kafka_tool_properties(args);
  if (!properties) return properties.error();
  auto client = kafka_client::make(kafka_client::role::producer, *properties);
  if (!client) return client.error();
  if (auto there = topics_of(**client, broker_patience); !there) return there.error();
  auto outcomes = create_topics(**client, topics, patience);
  if (!outcomes) return outcomes.error();
  int failed = 0;
  for (const auto& o : *outcomes) {
    if (o.what == topic_outcome::created) fmt::print("{}: created\n", o.topic);
    if (o.what == topic_outcome::existed) fmt::print("{}: is there already\n", o.topic);
    if (o.what != topic_outcome::failed) continue;
    ++failed;
    fmt::print("{}: could not be created: {}\n", o.topic, o.error);
  }
  if (failed > 0) return failure{"kafka", fmt::format("{} topics could not be created", failed)};
  return nothing{};
}

} // namespace

tool this_tool() {
  return {"livedata-topics",
          "Creates all topics of an instrument on a Kafka broker, each with one partition and the "
          "settings that suit it. Topics that exist are left as they are.",
          known_options(), create};
}

} // namespace livedata
