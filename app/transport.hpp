// What an engine is connected to, opened before it starts: Kafka, a recording to play, a recording to make.
#pragma once

#include "actors/source/kept_source.hpp"
#include "app/engine.hpp"
#include "app/plan.hpp"
#include "app/snapshots.hpp"
#include "transport/kafka/consumer.hpp"
#include "transport/kafka/producer.hpp"
#include "transport/recording/flow_recorder.hpp"
#include "transport/recording/recorded_flow.hpp"
#include "transport/recording/recording.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace livedata {

struct transport {
  // Null where not asked for.
  std::shared_ptr<kafka_consumer> consumer;
  // What Kafka has kept, if that is to be read.
  std::optional<kept_messages> kept;
  std::shared_ptr<kafka_producer> producer;
  std::shared_ptr<recording_reader> replay;
  // What the recording to play tells of its run.
  std::shared_ptr<const recorded_flow> recorded;
  std::shared_ptr<flow_recorder> record;
  // What is read, as it was at the opening, and how it is called.
  std::vector<present_lane> lanes;
  std::function<std::optional<lane_name>(std::uint32_t)> lane_name_of;
  // How to read again what comes from the consumer or the recording; nothing for other sources.
  rewindable past;
};

// Sees that the settings of the connection are right, without connecting.
status check_transport(const settings& s, const variable_lookup& variable);

// Asks the broker whether it has all topics that are read and written, and lets us read them; nothing if Kafka is not
// used. Failure: "value", or "kafka" with what is missing.
status ask_broker(const settings& s, const engine_plan& plan, const variable_lookup& variable);

// Sees that no recording is written over unasked.
status check_record_place(const settings& s);

// Failure: "value" if the configuration is wrong; "kafka" if there is no broker, or topics are missing.
// `services`: what the services go on from; Kafka is read from where they need it.
result<transport> open_transport(const settings& s, const engine_plan& plan, const variable_lookup& variable,
                                 const std::vector<std::shared_ptr<const service_snapshot>>& services = {});

// Makes the engine use what is open. The sink for results is up to the caller.
void connect(engine_surroundings& around, const settings& s, const transport& t, const kept_snapshots& kept = {});

// Why the engine has to end, if something broke for good.
std::optional<std::string> broken(const transport& t);

} // namespace livedata
