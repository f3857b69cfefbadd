// What one batch brings for the jobs of a service: as a rule one value for each stream.
#pragma once

#include "messages/timestamp.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace livedata {

// Messages of one stream that no job gets to see.
struct message_loss {
  std::string stream;
  // A word from a small set; the label of a metric.
  std::string_view reason;
  std::uint64_t messages = 0;
  // What people should be told. Empty if that was done lately, and for what is a matter of course.
  std::string warning;
};

struct batch_data {
  timestamp start;
  timestamp end;
  std::unordered_map<std::string, stream_value> streams;
  // Messages in the batch, refused ones too, and the events of those that were not refused.
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  std::vector<message_loss> losses = {};
  // Streams whose histograms or frames came in several structures: the sums of the others, in the order in which they
  // came. `streams` has the first.
  std::unordered_map<std::string, std::vector<stream_value>> further = {};
  // Of messages that were refused.
  std::uint64_t refused_events = 0;
};

} // namespace livedata
