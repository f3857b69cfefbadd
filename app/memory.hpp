// What the process does with memory that has been freed. Without effect where the allocator is not that of the GNU C
// library.
#pragma once

#include <chrono>

namespace livedata {

// From now on freed memory stays with the process, to be used again, instead of going back to the system at once: the
// messages of a batch are freed together, and the same pages would have to be asked for, and cleared, for the next. To
// be called before other threads run.
void keep_freed_memory();

// Gives back what is free now; it takes a millisecond for every 10 MB or so.
void release_freed_memory();

// After so long what was needed once, and has been free since, is given back.
constexpr auto memory_release_interval = std::chrono::minutes(1);

} // namespace livedata
