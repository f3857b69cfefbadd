// How the work of a batch goes out to the workers: what begins first, and which jobs share theirs. Plain code; what
// comes of the work does not depend on it.
#pragma once

#include "actors/service/job_table.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace livedata {

struct fan_out_limits {
  // Threads that can work at the same time.
  std::size_t workers = 1;
  // A job with fewer events in a batch is not divided; 0: none is.
  std::uint64_t divide_from = 0;
};

// Events among the data of the task.
std::uint64_t events_of(const job_task& task);

// Workers for a unit with so many of all events of the batch (summed over its units): all of them if
// its events keep one worker busy longer than the others have to do, else one.
std::size_t workers_for(std::uint64_t events, std::uint64_t all, const fan_out_limits& limits) noexcept;

// A piece of the work of a batch: a job's, or a counting for several jobs.
struct fan_out_unit {
  std::uint64_t events = 0;
  std::size_t workers = 1;
};

// Lets a unit whose events keep one worker busy longer than the others have to do use all of them. Gives the places of
// the units in the order in which they are to begin: those with the most events first, so that none begins late that
// takes long.
std::vector<std::size_t> plan_fan_out(std::vector<fan_out_unit>& units, const fan_out_limits& limits);

} // namespace livedata
