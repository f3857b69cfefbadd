#include "app/transport.hpp"

#include "actors/kafka/kafka_history.hpp"
#include "actors/recording/recording_history.hpp"
#include "actors/source/kafka_source.hpp"
#include "actors/source/replay_source.hpp"
#include "messages/random_uuid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <spdlog/spdlog.h>

namespace livedata {

namespace {

bool reads_kafka(const settings& s) {
  return s.source.kind == "kafka";
}

bool writes_kafka(const settings& s) {
  return s.publish.kind == "kafka";
}

result<kafka_properties> connection_of(const settings& s, const variable_lookup& variable) {
  return connection_properties({s.kafka.bootstrap_servers, s.kafka.properties}, variable);
}

std::string group_id(const engine_plan& plan) {
  return fmt::format("{}_{}_{}", plan.inst->name, fmt::join(plan.services, "_"), to_string(random_uuid()));
}

} // namespace

status check_transport(const settings& s, const variable_lookup& variable) {
  if (!reads_kafka(s) && !writes_kafka(s)) return nothing{};
  auto connection = connection_of(s, variable);
  if (!connection) return connection.error();
  if (auto ok = check_properties(consumer_properties(*connection, "check")); !ok) return ok;
  return check_properties(producer_properties(*connection));
}

result<transport> open_transport(const settings& s, const engine_plan& plan, const variable_lookup& variable) {
  transport t;
  if (reads_kafka(s) || writes_kafka(s)) {
    auto connection = connection_of(s, variable);
    if (!connection) return connection.error();
    if (reads_kafka(s)) {
      auto opened =
        kafka_consumer::open(consumer_properties(*connection, group_id(plan)), plan.routes->routes().topics());
      if (!opened) return opened.error();
      t.consumer = std::move(*opened);
      t.past = {rewind_kafka(consumer_properties(*connection, {}), t.consumer->positions()),
                base_of(t.consumer->positions())};
    }
    if (writes_kafka(s)) {
      auto opened = kafka_producer::open(producer_properties(*connection));
      if (!opened) return opened.error();
      t.producer = std::move(*opened);
    }
  }
  if (s.source.kind == "replay") {
    auto opened = recording_reader::open(*s.replay_file);
    if (!opened) return opened.error();
    t.course = std::make_shared<const flow_course>(flow_course::of(**opened));
    t.replay = std::move(*opened);
    t.past = {rewind_recording(*s.replay_file), {{0, 0}}};
  }
  if (s.record) {
    auto opened = recording_writer::create(*s.record);
    if (!opened) return opened.error();
    t.record = std::make_shared<flow_recorder>(std::move(*opened));
  }
  return t;
}

void connect(engine_surroundings& around, const settings& s, const transport& t) {
  if (t.consumer)
    around.spawn_source = [consumer = t.consumer](caf::actor_system& system, source_surroundings ss) {
      return spawn_kafka_source(system, consumer, std::move(ss));
    };
  if (t.replay)
    around.spawn_source = [replay = t.replay, speed = s.source.speed](caf::actor_system& system,
                                                                      source_surroundings ss) {
      return spawn_replay_source(system, replay, speed, std::move(ss));
    };
  around.course = t.course;
  around.recorder = t.record;
  around.past = t.past;
  if (t.record) around.tap = [recorder = t.record](const raw_message& raw) { recorder->message(raw); };
}

std::optional<std::string> broken(const transport& t) {
  if (!t.producer) return std::nullopt;
  auto why = t.producer->fatal();
  if (why) return fmt::format("Kafka at {} takes no more results: {}", t.producer->servers(), *why);
  return std::nullopt;
}

} // namespace livedata
