#include "workflows/geometry/isolated.hpp"

#include "messages/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace livedata {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::byte good{'+'};
constexpr std::byte bad{'-'};

void write_all(int to, const std::byte* bytes, std::size_t n) {
  while (n > 0) {
    auto written = write(to, bytes, n);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    n -= static_cast<std::size_t>(written);
  }
}

// The libraries in the child complain to nobody, and a crash leaves no core.
void be_quiet() {
  if (auto null = open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) dup2(null, STDERR_FILENO);
  rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (auto s : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
    std::signal(s, SIG_DFL);
}

// `parent`: who waits for the result. It may have ended by now.
void end_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
}

[[noreturn]] void child(int to, const std::function<std::vector<std::byte>()>& work) {
  be_quiet();
  try {
    auto bytes = work();
    write_all(to, &good, 1);
    write_all(to, bytes.data(), bytes.size());
  } catch (const std::exception& e) {
    write_all(to, &bad, 1);
    write_all(to, reinterpret_cast<const std::byte*>(e.what()), std::strlen(e.what()));
  }
  _exit(0);
}

// Everything until the other end is closed; false if that takes too long.
bool read_all(int from, std::vector<std::byte>& bytes, clock::time_point deadline) {
  std::vector<std::byte> part(std::size_t{1} << 20);
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd ready{from, POLLIN, 0};
    auto polled = left <= 0 ? 0 : poll(&ready, 1, static_cast<int>(left));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return false;
    auto n = read(from, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    bytes.insert(bytes.end(), part.begin(), part.begin() + n);
  }
}

} // namespace

result<std::vector<std::byte>> run_isolated(const std::function<std::vector<std::byte>()>& work,
                                            std::chrono::milliseconds most) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure{"crashed", fmt::format("no pipe to a process of its own: {}", std::strerror(errno))};
  const auto parent = getpid();
  // Else a thread might be reading their database at this moment, and the child would wait for it for ever.
  require_units();
  auto id = fork();
  if (id < 0) {
    close(ends[0]);
    close(ends[1]);
    return failure{"crashed", fmt::format("no process of its own: {}", std::strerror(errno))};
  }
  if (id == 0) {
    end_with_parent(parent);
    child(ends[1], work);
  }
  close(ends[1]);
  std::vector<std::byte> bytes;
  auto in_time = read_all(ends[0], bytes, clock::now() + most);
  close(ends[0]);
  if (!in_time) kill(id, SIGKILL);
  int how = 0;
  while (waitpid(id, &how, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return failure{"too_long", fmt::format("it took longer than {} s", most.count() / 1000)};
  if (!WIFEXITED(how) || WEXITSTATUS(how) != 0 || bytes.empty())
    return failure{"crashed",
                   WIFSIGNALED(how) ? fmt::format("signal {}", WTERMSIG(how)) : std::string("it ended early")};
  auto answer = bytes.front();
  bytes.erase(bytes.begin());
  if (answer == bad) return failure{"refused", {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
  return bytes;
}

} // namespace livedata
