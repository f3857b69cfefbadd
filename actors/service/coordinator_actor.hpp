// The coordinator of a service: advances data time, hands each batch to the jobs (fan-out), and books their answers in
// job-table order (fan-in). It waits for nothing: while jobs work on one batch it places the messages of the next. It
// has a thread of its own, so that commands are answered and status is said while the jobs keep all job threads busy.
#pragma once

#include "actors/service/coordinator_settings.hpp"

namespace livedata {

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter);

} // namespace livedata
