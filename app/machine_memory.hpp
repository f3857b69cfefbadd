// How much memory this process may use.
#pragma once

#include "app/configuration/settings.hpp"

#include <cstdint>
#include <filesystem>

namespace livedata {

// Bytes: the memory of the machine, or less if a control group (version 1 or 2) of this process, or one above it,
// allows less. 0 if the system does not tell. `root`: where the files of the system are, for tests.
std::uint64_t machine_memory(const std::filesystem::path& root = "/");

// What is shared out, in bytes; 0: no limit.
struct memory_shares {
  // For all that is in flight: a quarter of the machine's memory, unless it is set.
  std::uint64_t in_flight = 0;
  // For all jobs together: half of it, unless it is set.
  std::uint64_t jobs = 0;
};

memory_shares share_out(const limit_settings& limits, std::uint64_t machine);

} // namespace livedata
