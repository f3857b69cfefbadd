// The source that reads Kafka, on a thread of its own. A broker that goes away is waited for: the log and
// a metric say so; when it is back, reading goes on where it stopped.
#pragma once

#include "actors/actors.hpp"
#include "actors/source/source_intake.hpp"
#include "transport/kafka/consumer.hpp"

#include <memory>

namespace livedata {

// Whoever sent run_atom gets end_atom when the flow has ended, with the reason if that was a fatal error of Kafka.
source_actor spawn_kafka_source(caf::actor_system& system, std::shared_ptr<kafka_consumer> consumer,
                                source_surroundings around);

} // namespace livedata
