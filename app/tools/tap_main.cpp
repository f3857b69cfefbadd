// livedata-tap: shows what is on topics of Kafka.
#include "app/tools/message_summary.hpp"
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"
#include "transport/kafka/consumer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <tuple>

namespace livedata {

namespace {

constexpr std::size_t most_messages = 500;
constexpr auto wait_for_messages = std::chrono::milliseconds(100);
// Names come from outside.
constexpr std::size_t most_streams = 1000;

std::vector<tool_option> known_options() {
  return with_kafka_options({
    {"instrument", "<name>", "Look at every topic of this instrument."},
    {"dev", "", "With --instrument: the topics of the development set-up."},
    {"topic", "<name>", "Look at this topic; may be given several times, also beside --instrument.", true},
    {"source", "<text>", "Only sources whose name has this text in it."},
    {"schema", "<name>", "Only messages of this schema, such as ev44."},
    {"duration", "<seconds>", "How long to look. Default: 5."},
    {"samples", "<number>", "Also print so many messages of each stream, decoded. Default: 0."},
  });
}

struct traffic {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  std::uint64_t damaged = 0;
  timestamp last;
};

using stream_name = std::tuple<std::string, std::string, std::string>;

void print(const std::map<stream_name, traffic>& all, double seconds) {
  fmt::print("{:<32} {:<6} {:<32} {:>10} {:>10} {:>12} {:>9} {}\n", "topic", "schema", "source", "messages/s", "bytes",
             "events/s", "damaged", "last");
  for (const auto& [name, t] : all) {
    const auto& [topic, schema, source] = name;
    fmt::print("{:<32} {:<6} {:<32} {:>10.1f} {:>10} {:>12.0f} {:>9} {}\n", topic, schema,
               plain_log_text(source, false), static_cast<double>(t.messages) / seconds, t.bytes / t.messages,
               static_cast<double>(t.events) / seconds, t.damaged, to_string(t.last));
  }
}

status tap(const tool_arguments& args) {
  auto inst = tool_instrument_if_named(args);
  if (!inst) return inst.error();
  auto topics = tool_topics(args, *inst);
  if (*inst)
    for (const auto* own : {"responses", "heartbeat", "data"})
      topics.push_back(fmt::format("{}_livedata_{}", (*inst)->name, own));
  if (topics.empty()) return failure{"usage", "nothing to look at; give --instrument or --topic"};
  const auto seconds = args.number("duration", 5, 0.1);
  if (!seconds) return seconds.error();
  const auto samples = args.number("samples", 0, 0);
  if (!samples) return samples.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  const auto group = fmt::format("livedata_tap_{}", to_string(random_uuid()));
  auto consumer = kafka_consumer::open(consumer_properties(*connection, group), topics);
  if (!consumer) return consumer.error();

  const until_signal run(*seconds);
  const auto begin = std::chrono::steady_clock::now();
  std::map<stream_name, traffic> all;
  while (!run.over() && !(*consumer)->fatal())
    for (const auto& m : (*consumer)->poll(most_messages, wait_for_messages).messages) {
      const auto s = summary_of(m.content->bytes());
      if (const auto wanted = args.value("source"); wanted && s.source.find(*wanted) == std::string::npos) continue;
      if (const auto wanted = args.value("schema"); wanted && s.schema != *wanted) continue;
      const stream_name name{m.topic, s.schema, s.source};
      if (!all.contains(name) && all.size() == most_streams) continue;
      auto& t = all[name];
      ++t.messages;
      t.bytes += m.content->bytes().size();
      t.events += s.events;
      t.damaged += s.damage.empty() ? 0 : 1;
      t.last = m.received;
      if (static_cast<double>(t.messages) <= *samples)
        fmt::print("{} {} {}: {}\n", m.topic, s.schema, plain_log_text(s.source, false),
                   plain_log_text(s.damage.empty() ? s.text : s.damage, false));
    }
  print(all, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  std::fflush(stdout);
  if (auto why = (*consumer)->fatal()) return failure{"kafka", *why};
  if (all.empty())
    return failure{"silent", fmt::format("no such message within {:g} s on {} topics", *seconds, topics.size())};
  return nothing{};
}

} // namespace

tool this_tool() {
  return {"livedata-tap",
          "Shows what is on topics of Kafka from now on: schemas, sources, rates and sizes, and if asked for, decoded "
          "messages.",
          known_options(), tap};
}

} // namespace livedata
