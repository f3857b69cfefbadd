// All topics of an instrument with the settings they should have on a broker. Plain code.
#pragma once

#include "workflows/instrument/instrument.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

struct topic_spec {
  std::string name;
  // Settings of the topic on the broker: cleanup.policy, retention, limits.
  std::vector<std::pair<std::string, std::string>> settings;
};

// How long topics of raw data and run control keep their messages, unless told otherwise.
inline constexpr std::chrono::milliseconds usual_retention_of_raw_data{30'000};

// The topics of livedata itself, of raw data in production and in development, and of run control; each once.
std::vector<topic_spec>
topics_of_instrument(const instrument& inst,
                     std::chrono::milliseconds retention_of_raw_data = usual_retention_of_raw_data);

} // namespace livedata
