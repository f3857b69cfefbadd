// One partition of a topic.
#pragma once

#include <cstdint>
#include <string>

namespace livedata {

struct topic_place {
  std::string topic;
  std::int32_t partition = 0;
};

} // namespace livedata
