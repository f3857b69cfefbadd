// livedata-simulate: plays the producers of an instrument's development set-up.
#include "app/plan.hpp"
#include "app/tools/broker_watch.hpp"
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/log_line.hpp"
#include "messages/wall_clock.hpp"
#include "transport/kafka/producer.hpp"
#include "transport/simulator/fake_producers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <thread>

namespace livedata {

namespace {

constexpr auto between_polls = std::chrono::milliseconds(10);
constexpr auto patience_at_end = std::chrono::seconds(10);

std::vector<tool_option> known_options() {
  return with_kafka_options({
    {"instrument", "<name>", "Name of the instrument, or path of its file."},
    {"only", "<kind>", "detectors, monitors, logs or area_detectors; may be given several times. Default: all.", true},
    {"monitor-mode", "<ev44|da00>", "What monitors send: events or histograms. Default: ev44."},
    {"monitors", "<number>", "Number of monitors, 1 to 10. Default: 2."},
    {"events", "<number>", "Events of one detector message. Default: 10000."},
    {"seed", "<number>", "Seed of the random numbers. Default: 1."},
    {"duration", "<seconds>", "How long to send. Default: until interrupted."},
    wait_option(),
  });
}

result<fake_settings> settings_of(const tool_arguments& args) {
  fake_settings s;
  if (args.has("only")) {
    s.detectors = s.monitors = s.logs = s.area_detectors = false;
    for (const auto& kind : args.values("only")) {
      if (kind == "detectors")
        s.detectors = true;
      else if (kind == "monitors")
        s.monitors = true;
      else if (kind == "logs")
        s.logs = true;
      else if (kind == "area_detectors")
        s.area_detectors = true;
      else
        return failure{"value", fmt::format("--only={}: expected detectors, monitors, logs or area_detectors", kind)};
    }
  }
  auto mode = args.value_or("monitor-mode", "ev44");
  if (mode != "ev44" && mode != "da00")
    return failure{"value", fmt::format("--monitor-mode={}: expected ev44 or da00", mode)};
  s.monitor_histograms = mode == "da00";
  auto monitors = args.number("monitors", 2, 1);
  if (!monitors) return monitors.error();
  if (*monitors > 10) return failure{"value", "--monitors: at most 10"};
  auto events = args.number("events", 10'000, 0);
  if (!events) return events.error();
  auto seed = args.number("seed", 1, 0);
  if (!seed) return seed.error();
  s.monitor_count = static_cast<std::size_t>(*monitors);
  s.events = static_cast<std::size_t>(*events);
  s.seed = static_cast<std::uint64_t>(*seed);
  return s;
}

status simulate(const tool_arguments& args) {
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  auto how = settings_of(args);
  if (!how) return how.error();
  auto seconds = args.number("duration", 0, 0);
  if (!seconds) return seconds.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  auto producer = kafka_producer::open(producer_properties(*connection));
  if (!producer) return producer.error();

  system_wall_clock clock;
  fake_producers fakes(*inst, *how, clock.now());
  if (fakes.streams() == 0) return failure{"value", fmt::format("{} has no such streams", inst->name)};
  until_signal run(*seconds);
  auto broker = broker_watch::make(**producer, args);
  if (!broker) return broker.error();
  if (auto there = broker->at_start(run); !there) return there;
  spdlog::info(log_line(
    "simulating",
    {{"instrument", log_word{inst->name}}, {"streams", fakes.streams()}, {"servers", (*producer)->servers()}}));
  while (!run.over() && !(*producer)->fatal()) {
    for (const auto& m : fakes.due(clock.now()))
      (void)(*producer)->send(m.topic, m.content, m.topic);
    std::this_thread::sleep_for(between_polls);
    if (auto there = broker->look(); !there) return there;
  }
  return finish_delivery(**producer, patience_at_end, "simulated", {"instrument", inst->name});
}

} // namespace

tool this_tool() {
  return {"livedata-simulate",
          "Sends made-up raw data of an instrument to Kafka, at 14 Hz, on the topics and with the "
          "source names of the development set-up; livedata reads them with --dev.",
          known_options(), simulate};
}

} // namespace livedata
