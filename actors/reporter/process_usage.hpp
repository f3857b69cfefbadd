// Processor time and memory of this process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace livedata {

struct process_usage {
  // Processor time of all threads so far, user and system.
  double cpu_seconds = 0;
  // Resident memory now, and the most so far.
  std::uint64_t rss_bytes = 0;
  std::uint64_t max_rss_bytes = 0;
};

process_usage measure_process_usage();

// Processors that this process may use.
std::size_t usable_processors();

} // namespace livedata
