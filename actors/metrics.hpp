// Helpers for metrics in CAF's registry. Looking a metric up takes a lock: do it once and keep the pointer, which lives
// as long as the actor system.
#pragma once

#include "actors/caf_compat.hpp"

#include <caf/telemetry/metric_registry.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

using metric_labels = std::vector<std::pair<std::string_view, std::string>>;

// A counter livedata_<name>_total (dots and dashes become underscores).
caf::telemetry::int_counter* counter(caf::actor_system& system, std::string_view name, std::string_view help,
                                     const metric_labels& labels);

// A counter livedata_<name>_seconds_total.
caf::telemetry::dbl_counter* seconds_counter(caf::actor_system& system, std::string_view name, std::string_view help,
                                             const metric_labels& labels);

// A gauge livedata_<name>.
caf::telemetry::int_gauge* gauge(caf::actor_system& system, std::string_view name, std::string_view help,
                                 const metric_labels& labels);

// A gauge livedata_<name>_seconds, of a point in time: seconds since 1970.
caf::telemetry::dbl_gauge* time_gauge(caf::actor_system& system, std::string_view name, std::string_view help,
                                      const metric_labels& labels);

// Sets all of our gauges to 0 but those of HTTP: they are about an engine that is gone, and the next one in the process
// may have other services.
void zero_gauges(caf::actor_system& system);

// A histogram livedata_<name>_seconds, with buckets from 0.1 ms to 10 s.
caf::telemetry::dbl_histogram* duration_histogram(caf::actor_system& system, std::string_view name,
                                                  std::string_view help, const metric_labels& labels);

// Counts commands by what became of them: acknowledged, refused (both answered), unreadable. `service`: which answered.
caf::telemetry::int_counter* commands_counter(caf::actor_system& system, const std::string& service,
                                              std::string_view outcome);

} // namespace livedata
