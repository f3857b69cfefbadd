#include "app/machine_memory.hpp"
#include "messages/random_uuid.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace machine_memory_test {

using namespace livedata;

namespace {

// The files of a system, made up.
class made_up_system {
public:
  made_up_system() { write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\n"); }

  made_up_system(const made_up_system&) = delete;
  made_up_system& operator=(const made_up_system&) = delete;

  ~made_up_system() { std::filesystem::remove_all(root_); }

  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  std::uint64_t memory() const { return machine_memory(root_); }

private:
  std::filesystem::path root_ = std::filesystem::temp_directory_path() / ("livedata-" + to_string(random_uuid()));
};

constexpr std::uint64_t physical = 16'384'000'000;
const std::string mount_of_second = "25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string mount_of_first = "20 18 0:15 / /sys rw - sysfs sysfs rw\n"
                                   "33 25 0:28 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
                                   "34 25 0:29 / /sys/fs/cgroup/memory rw shared:15 - cgroup cgroup rw,memory\n";

} // namespace

TEST_CASE("without control groups the memory is that of the machine; 0 if the system does not tell") {
  const made_up_system system;
  CHECK(system.memory() == physical);
  CHECK(machine_memory("/nowhere") == 0);
  CHECK(machine_memory() > 100'000'000);
}

TEST_CASE("a control group of version 2, and each above it, may allow less") {
  const made_up_system system;
  system.write("proc/self/mountinfo", mount_of_second);
  system.write("proc/self/cgroup", "0::/system.slice/livedata.service\n");
  CHECK(system.memory() == physical);
  system.write("sys/fs/cgroup/system.slice/livedata.service/memory.max", "max\n");
  CHECK(system.memory() == physical);
  system.write("sys/fs/cgroup/system.slice/memory.max", "4000000000\n");
  CHECK(system.memory() == 4'000'000'000);
  system.write("sys/fs/cgroup/system.slice/livedata.service/memory.max", "2000000000\n");
  CHECK(system.memory() == 2'000'000'000);
  system.write("sys/fs/cgroup/system.slice/livedata.service/memory.high", "1500000000\n");
  CHECK(system.memory() == 1'500'000'000);
  // As a container sees itself.
  system.write("proc/self/cgroup", "0::/\n");
  system.write("sys/fs/cgroup/memory.max", "1000000000\n");
  CHECK(system.memory() == 1'000'000'000);
}

TEST_CASE("a control group of version 1 may allow less, also where only its own folder is seen") {
  const made_up_system system;
  system.write("proc/self/mountinfo", mount_of_first);
  system.write("proc/self/cgroup", "4:memory:/jobs/one\n3:cpu,cpuacct:/other\n0::/\n");
  // No limit is a very large number there.
  system.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  system.write("sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(system.memory() == physical);
  system.write("sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes", "3000000000\n");
  CHECK(system.memory() == 3'000'000'000);
  system.write("proc/self/mountinfo", "34 25 0:29 /jobs/one /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  system.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000000\n");
  CHECK(system.memory() == 2'000'000'000);
}

TEST_CASE("memory is shared out by what is set, else by what the machine has") {
  limit_settings limits;
  auto shares = share_out(limits, 8'000'000'000);
  CHECK(shares.in_flight == 2'000'000'000);
  CHECK(shares.jobs == 4'000'000'000);
  limits.in_flight_memory = 100;
  limits.jobs_memory = 200;
  shares = share_out(limits, 8'000'000'000);
  CHECK(shares.in_flight == 100'000'000);
  CHECK(shares.jobs == 200'000'000);
}

} // namespace machine_memory_test
