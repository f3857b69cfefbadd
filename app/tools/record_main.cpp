// livedata-record: writes what comes in on topics of Kafka to a recording.
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"
#include "transport/kafka/consumer.hpp"
#include "transport/recording/recording.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

constexpr std::size_t most_messages = 500;
constexpr auto wait_for_messages = std::chrono::milliseconds(100);

std::vector<tool_option> known_options() {
  return with_kafka_options({
    {"output", "<file>", "The recording."},
    {"force", "", "Write over a file that is there."},
    {"instrument", "<name>", "Record every topic that the services of this instrument read."},
    {"dev", "", "With --instrument: the topics of the development set-up."},
    {"topic", "<name>", "Record this topic; may be given several times, also beside --instrument.", true},
    {"duration", "<seconds>", "How long to record. Default: until interrupted."},
    {"messages", "<number>", "End after so many messages."},
  });
}

status record(const tool_arguments& args) {
  auto output = args.needed("output");
  if (!output) return output.error();
  if (std::filesystem::is_regular_file(*output) && !args.has("force"))
    return failure{"value", fmt::format("{} is there already; give another --output, or --force", *output)};
  auto inst = tool_instrument_if_named(args);
  if (!inst) return inst.error();
  const auto topics = tool_topics(args, *inst);
  if (topics.empty()) return failure{"usage", "nothing to record; give --instrument or --topic"};
  auto seconds = args.number("duration", 0, 0);
  if (!seconds) return seconds.error();
  auto most = args.number("messages", 0, 0);
  if (!most) return most.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  auto group = fmt::format("livedata_record_{}", to_string(random_uuid()));
  auto consumer = kafka_consumer::open(consumer_properties(*connection, group), topics);
  if (!consumer) return consumer.error();
  auto writer = recording_writer::create(*output);
  if (!writer) return writer.error();

  if (*inst) {
    const setup_mark setup{(*inst)->name, {}, args.has("dev")};
    if (auto ok = (*writer)->write(flow_mark{setup}); !ok) return ok;
  }

  until_signal run(*seconds);
  auto enough = [&] { return *most > 0 && static_cast<double>((*writer)->messages()) >= *most; };
  spdlog::info(log_line("recording", {{"file", *output}, {"topics", topics.size()}}));
  while (!run.over() && !enough() && !(*consumer)->fatal()) {
    auto got = (*consumer)->poll(most_messages, wait_for_messages);
    for (const auto& m : got.messages) {
      if (enough()) break;
      auto around = envelope_of(*m.content).value();
      if (auto ok = (*writer)->write(m.topic, around, m.content->bytes()); !ok) return ok;
    }
  }
  if (auto ok = (*writer)->finish(); !ok) return ok;
  spdlog::info(
    log_line("recorded", {{"file", *output}, {"messages", (*writer)->messages()}, {"bytes", (*writer)->bytes()}}));
  if (auto why = (*consumer)->fatal()) return failure{"kafka", *why};
  return nothing{};
}

} // namespace

tool this_tool() {
  return {"livedata-record",
          "Records messages of Kafka topics, from now on, with topic, key, headers, time and content. "
          "livedata plays a recording with --source=replay, livedata-replay sends it to a broker.",
          known_options(), record};
}

} // namespace livedata
