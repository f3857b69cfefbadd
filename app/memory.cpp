#include "app/memory.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace livedata {

namespace {

// Buffers of Kafka's messages are taken from a thread's heaps, of 64 MB each, and not mapped one by one; the most that
// the library allows.
[[maybe_unused]] constexpr int largest_in_a_heap = 32 << 20;
// A heap that has become empty is kept.
[[maybe_unused]] constexpr int room_in_a_heap = 64 << 20;
[[maybe_unused]] constexpr int never = -1;

} // namespace

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, largest_in_a_heap);
  mallopt(M_TRIM_THRESHOLD, never);
  mallopt(M_TOP_PAD, room_in_a_heap);
#endif
}

void release_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

} // namespace livedata
