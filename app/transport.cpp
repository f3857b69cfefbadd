#include "app/transport.hpp"

#include "actors/publisher/kafka_sink.hpp"
#include "actors/source/kafka_source.hpp"
#include "actors/source/replay_source.hpp"
#include "app/machine_memory.hpp"
#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"
#include "transport/kafka/admin.hpp"
#include "transport/kafka/kafka_past.hpp"
#include "transport/recording/recording_past.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
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

// What librdkafka holds in one direction is at most a quarter of what may be in flight beside it, unless the user says
// otherwise.
kafka_properties within_memory(kafka_properties all, const kafka_properties& chosen, const std::string& name,
                               const settings& s) {
  const auto in_flight = share_out(s.limits, machine_memory()).in_flight;
  if (in_flight == 0 || !property(chosen, name).empty()) return all;
  const auto usual = std::stoull(std::string(property(all, name)));
  all.emplace_back(name, std::to_string(std::clamp<std::uint64_t>(in_flight / 4 / 1024, 1024, usual)));
  return all;
}

std::string group_id(const engine_plan& plan) {
  return fmt::format("{}_{}_{}", plan.inst->name, fmt::join(plan.services, "_"), to_string(random_uuid()));
}

// Commands and requests were meant for whoever was there when they came; all else that the services read is read again.
std::vector<std::string> topics_to_read_again(const route_table& routes) {
  auto topics = routes.topics();
  std::erase_if(topics, [&](const auto& name) {
    auto kind = routes.find(name)->kind;
    return kind == topic_kind::commands || kind == topic_kind::roi;
  });
  return topics;
}

std::function<std::optional<lane_name>(std::uint32_t)> names_of(std::shared_ptr<const lane_list> list) {
  return [list = std::move(list)](std::uint32_t number) -> std::optional<lane_name> {
    const auto lanes = list->get();
    if (number >= lanes.size() || lanes[number].gone) return std::nullopt;
    return lane_name{lanes[number].topic, lanes[number].partition};
  };
}

// Opens the consumer where the services go on.
status open_consumer(transport& t, const kafka_properties& properties, const std::vector<std::string>& topics,
                     const std::vector<std::shared_ptr<const service_snapshot>>& services) {
  const auto begin = [&](const partition_extent& e) {
    t.lanes.push_back({static_cast<std::uint32_t>(t.lanes.size()), {e.topic, e.partition}, e.oldest, e.end, e.end});
    return begin_of(t.lanes.back(), services);
  };
  auto opened = kafka_consumer::open(properties, topics, {}, begin);
  if (!opened) return opened.error();
  t.consumer = std::move(*opened);
  t.lane_name_of = names_of(t.consumer->lanes());
  return nothing{};
}

status find_kept(transport& t, const kafka_properties& connection, const engine_plan& plan) {
  auto client = kafka_client::make(kafka_client::role::consumer, consumer_properties(connection, group_id(plan)));
  if (!client) return client.error();
  auto topics = topics_to_read_again(plan.routes->routes());
  auto extents = extents_of(**client, topics);
  if (!extents) return extents.error();
  auto oldest = std::make_shared<lane_list>();
  std::vector<kafka_lane> lanes;
  lane_offsets end;
  std::int64_t messages = 0;
  for (const auto& e : *extents) {
    if (e.oldest == e.end) continue;
    end[static_cast<std::uint32_t>(lanes.size())] = e.end;
    lanes.push_back({e.topic, e.partition, e.oldest});
    oldest->add(lanes.back());
    messages += e.end - e.oldest;
  }
  spdlog::info(log_line("kafka_kept", {{"servers", (*client)->servers()},
                                       {"topics", topics.size()},
                                       {"partitions", extents->size()},
                                       {"messages", messages}}));
  auto open = rewind_kafka(consumer_properties(connection, {}), oldest);
  t.past = {open, base_of(lanes)};
  for (std::uint32_t number = 0; number < lanes.size(); ++number) {
    const auto& l = lanes[number];
    t.lanes.push_back({number, {l.topic, l.partition}, l.begin, end.at(number), l.begin});
  }
  t.lane_name_of = names_of(oldest);
  t.kept = {std::move(open), std::move(topics), std::move(end)};
  return nothing{};
}

} // namespace

status check_transport(const settings& s, const variable_lookup& variable) {
  if (!reads_kafka(s) && !writes_kafka(s)) return nothing{};
  auto connection = connection_of(s, variable);
  if (!connection) return connection.error();
  if (auto ok = check_properties(consumer_properties(*connection, "check")); !ok) return ok;
  return check_properties(producer_properties(*connection));
}

status ask_broker(const settings& s, const engine_plan& plan, const variable_lookup& variable) {
  if (!reads_kafka(s) && !writes_kafka(s)) return nothing{};
  auto connection = connection_of(s, variable);
  if (!connection) return connection.error();
  auto client = kafka_client::make(kafka_client::role::consumer, consumer_properties(*connection, "check"));
  if (!client) return client.error();
  // Who may ask for the ends of a topic may read it.
  if (reads_kafka(s))
    if (auto extents = extents_of(**client, plan.routes->routes().topics()); !extents) return extents.error();
  if (!writes_kafka(s)) return nothing{};
  auto there = topics_of(**client, broker_patience);
  if (!there) return there.error();
  std::vector<std::string> missing;
  for (auto to : {channel::data, channel::responses, channel::heartbeat, channel::devices})
    if (auto topic = topic_of(to, plan.inst->name); !there->contains(topic)) missing.push_back(std::move(topic));
  if (missing.empty()) return nothing{};
  return failure{"kafka", fmt::format("topics not found on {}: {}; create them with livedata-topics",
                                      (*client)->servers(), fmt::join(missing, ", "))};
}

status check_record_place(const settings& s) {
  if (!s.record || s.record_force || !std::filesystem::is_regular_file(*s.record)) return nothing{};
  return failure{"value", fmt::format("record: {} is there already; give another file, or --record-force to write over "
                                      "it",
                                      s.record->string())};
}

result<transport> open_transport(const settings& s, const engine_plan& plan, const variable_lookup& variable,
                                 const std::vector<std::shared_ptr<const service_snapshot>>& services) {
  transport t;
  if (reads_kafka(s) || writes_kafka(s)) {
    auto connection = connection_of(s, variable);
    if (!connection) return connection.error();
    if (reads_kafka(s) && s.kafka.read == "kept") {
      if (auto ok = find_kept(t, *connection, plan); !ok) return ok.error();
    } else if (reads_kafka(s)) {
      const auto properties =
        within_memory(consumer_properties(*connection, group_id(plan)), *connection, "queued.max.messages.kbytes", s);
      if (auto ok = open_consumer(t, properties, topics_at_start(plan), services); !ok) return ok.error();
      t.past = {rewind_kafka(consumer_properties(*connection, {}), t.consumer->lanes()),
                base_of(t.consumer->lanes()->get())};
    }
    if (writes_kafka(s)) {
      auto opened = kafka_producer::open(
        within_memory(producer_properties(*connection), *connection, "queue.buffering.max.kbytes", s));
      if (!opened) return opened.error();
      t.producer = std::move(*opened);
    }
  }
  if (s.source.kind == "replay") {
    auto opened = recording_reader::open(*s.replay_file);
    if (!opened) return opened.error();
    t.recorded = std::make_shared<const recorded_flow>(recorded_flow::of(**opened));
    t.replay = std::move(*opened);
    t.past = {rewind_recording(*s.replay_file), {{0, 0}}};
    // One that is read begins at its beginning; how long it is nobody needs to know.
    const lane_name recording{s.replay_file->filename().string(), 0};
    t.lanes.push_back({0, recording, 0, std::numeric_limits<std::int64_t>::max(), 0});
    t.lane_name_of = [recording](std::uint32_t) { return recording; };
  }
  if (s.record) {
    if (auto ok = check_record_place(s); !ok) return ok.error();
    auto opened = recording_writer::create(*s.record);
    if (!opened) return opened.error();
    const setup_mark setup{plan.inst->name, plan.services, speaks_development(s)};
    if (auto ok = (*opened)->write(flow_mark{setup}); !ok) return ok.error();
    t.record = std::make_shared<flow_recorder>(std::move(*opened));
  }
  return t;
}

void connect(engine_surroundings& around, const settings& s, const transport& t, const kept_snapshots& kept) {
  around.snapshots = go_on_from(kept, t.lanes, t.lane_name_of);
  around.snapshots.interval = std::chrono::nanoseconds(s.snapshots.interval.ns);
  if (t.consumer)
    around.spawn_source = [consumer = t.consumer](caf::actor_system& system, source_surroundings ss) {
      return spawn_kafka_source(system, consumer, std::move(ss));
    };
  if (t.kept)
    around.spawn_source = [kept = *t.kept](caf::actor_system& system, source_surroundings ss) {
      return spawn_kept_source(system, kept, std::move(ss));
    };
  if (t.replay)
    around.spawn_source = [replay = t.replay, speed = s.source.speed](caf::actor_system& system,
                                                                      source_surroundings ss) {
      return spawn_replay_source(system, replay, speed, std::move(ss));
    };
  around.recorded = t.recorded;
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
