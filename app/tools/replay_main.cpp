// livedata-replay: sends the messages of a recording to Kafka.
#include "app/tools/broker_watch.hpp"
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/log_line.hpp"
#include "transport/kafka/producer.hpp"
#include "transport/recording/recording.hpp"
#include "transport/recording/replay_clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <thread>

namespace livedata {

namespace {

constexpr auto longest_sleep = std::chrono::milliseconds(50);
// At full speed no more than this is queued.
constexpr std::size_t most_unsent = 1000;
constexpr auto patience_at_end = std::chrono::seconds(30);

std::vector<tool_option> known_options() {
  return with_kafka_options({
    {"input", "<file>", "The recording."},
    {"speed", "<number>", "1: as fast as it was recorded; n: n times as fast; 0: as fast as it goes. Default: 1."},
    {"keep-time", "",
     "Send each message with the time it was recorded with rather than that of now. Brokers delete what is old."},
    wait_option(),
  });
}

status replay(const tool_arguments& args) {
  auto input = args.needed("input");
  if (!input) return input.error();
  auto speed = args.number("speed", 1, 0);
  if (!speed) return speed.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  auto reader = recording_reader::open(*input);
  if (!reader) return reader.error();
  auto producer = kafka_producer::open(producer_properties(*connection));
  if (!producer) return producer.error();

  using steady = std::chrono::steady_clock;
  until_signal run(0);
  auto broker = broker_watch::make(**producer, args);
  if (!broker) return broker.error();
  if (auto there = broker->at_start(run); !there) return there;
  replay_clock clock(*speed);
  status outcome = nothing{};
  // Sleeps, and looks after the broker meanwhile. False: the run has to end.
  const auto pause = [&](steady::duration d) {
    std::this_thread::sleep_for(d);
    if (auto there = broker->look(); !there) outcome = there;
    return static_cast<bool>(outcome);
  };
  while (!run.over() && outcome && !(*producer)->fatal()) {
    auto next = (*reader)->next_message();
    if (!next) {
      outcome = next.error();
      break;
    }
    if (!*next) break;
    auto& m = **next;
    auto due = clock.due(m.around.time, steady::now());
    while (!run.over() && *speed != 0 && steady::now() < due)
      if (!pause(std::min<steady::duration>(longest_sleep, due - steady::now()))) break;
    while (!run.over() && (*producer)->unsent() >= most_unsent)
      if (!pause(std::chrono::milliseconds(1))) break;
    if (!outcome) break;
    (void)(*producer)->send(m.topic, m.content, m.around, args.has("keep-time"), m.topic);
  }
  // What a broker that is away has not taken it will not take.
  const auto patience = outcome ? patience_at_end : std::chrono::seconds(0);
  auto delivered = finish_delivery(**producer, patience, "replayed", {"file", *input});
  return outcome ? delivered : outcome;
}

} // namespace

tool this_tool() {
  return {"livedata-replay",
          "Sends the messages of a recording to Kafka, to the topics they came from, with key and "
          "headers, at the pace of the recording.",
          known_options(), replay};
}

} // namespace livedata
