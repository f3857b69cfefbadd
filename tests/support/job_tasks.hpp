// Work for a job on "bank0".
#pragma once

#include "actors/messages.hpp"
#include "support/events.hpp"

#include <cstdint>
#include <vector>

namespace livedata::test {

// A batch of events in one pixel.
inline job_task data(std::int64_t start, std::int64_t end, int events = 3, bool pending = false) {
  std::vector<event> list(static_cast<std::size_t>(events), event{5, 1});
  return {make_batch("bank0", {make_chunk(list)}, {start}, {end}), pending};
}

} // namespace livedata::test
