// The source that reads Kafka, on a thread of its own. It waits for a broker that goes away; the log and a metric say
// so. When the broker is back, reading goes on where it stopped.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "transport/kafka/consumer.hpp"

#include <memory>

namespace livedata {

// The sender of run_atom gets end_atom at the end, with the reason if a fatal error of Kafka ended the flow.
source_actor spawn_kafka_source(caf::actor_system& system, std::shared_ptr<kafka_consumer> consumer,
                                source_surroundings around);

} // namespace livedata
