#include "actors/reporter/process_usage.hpp"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace livedata {

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

} // namespace

process_usage measure_process_usage() {
  process_usage usage;
  rusage r{};
  if (getrusage(RUSAGE_SELF, &r) == 0) {
    usage.cpu_seconds = seconds(r.ru_utime) + seconds(r.ru_stime);
    usage.max_rss_bytes = static_cast<std::uint64_t>(r.ru_maxrss) * 1024;
  }
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> total_pages >> resident_pages)
    usage.rss_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  // The kernel updates the two counts at different times.
  usage.max_rss_bytes = std::max(usage.max_rss_bytes, usage.rss_bytes);
  return usage;
}

std::size_t usable_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace livedata
