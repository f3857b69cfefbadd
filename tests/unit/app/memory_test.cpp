#include "actors/reporter/process_usage.hpp"
#include "app/memory.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace memory_test {

using namespace livedata;

// Sanitizers have allocators of their own.
#if defined(__GLIBC__) && !defined(LIVEDATA_SANITIZED)

namespace {

constexpr std::uint64_t mb = 1'000'000;

std::uint64_t resident_mb() {
  return measure_process_usage().rss_bytes / mb;
}

} // namespace

TEST_CASE("Memory that has been freed stays with the process, is used again, and goes back when it is released") {
  keep_freed_memory();
  auto before = resident_mb();
  std::uint64_t taken = 0;
  std::uint64_t freed = 0;
  std::uint64_t taken_again = 0;
  // A thread that has heaps of its own, as that of librdkafka.
  std::thread([&] {
    auto take = [] { return std::vector<std::vector<char>>(100, std::vector<char>(2 * mb, 'x')); };
    {
      auto blocks = take();
      taken = resident_mb();
    }
    freed = resident_mb();
    auto blocks = take();
    taken_again = resident_mb();
  }).join();
  CHECK(taken > before + 190);
  CHECK(freed > before + 190);
  CHECK(taken_again < taken + 50);
  release_freed_memory();
  CHECK(resident_mb() < before + 50);
}

#endif

} // namespace memory_test
