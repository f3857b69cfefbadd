// Events of a whole run, from a NeXus file.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace livedata {

struct recorded_events {
  // Of each pulse: its time (ns since the epoch), and the place of its first event.
  std::vector<std::int64_t> pulse_time;
  std::vector<std::int64_t> first_event;
  // Of each event: ns after its pulse, and detector number.
  std::vector<std::int32_t> time_of_arrival;
  std::vector<std::int32_t> pixel;

  // A chunk for each pulse that has events: views, which live as long as this.
  event_batch batch() const;
};

// The events of a detector: of the one NXevent_data in its group. Reads in a process of its own. Throws nexus_error,
// with the name of the file.
recorded_events read_recorded_events(const std::filesystem::path& file, const std::string& detector_group);

} // namespace livedata
