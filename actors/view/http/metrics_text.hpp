// The metrics of an actor system in the text form of Prometheus.
#pragma once

#include <caf/all.hpp>

#include <string>
#include <string_view>

namespace livedata {

// Without time stamps: a metric that is not scraped any more is stale at once, not after five minutes.
std::string metrics_text(caf::actor_system& system);

// The same text without the time stamp at the end of each sample.
std::string without_time_stamps(std::string_view text);

} // namespace livedata
