// From the messages of a batch to the values that jobs take: one value for each stream.
#pragma once

#include "actors/coordinator/batcher/batcher.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace livedata {

struct batch_data {
  timestamp start;
  timestamp end;
  std::unordered_map<std::string, stream_value> streams;
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
};

// Collects the events of each stream; the events themselves stay where they are. Messages are in order of arrival.
batch_data preprocess(message_batch batch);

} // namespace livedata
