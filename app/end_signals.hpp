// The signals that end a run: SIGINT, SIGTERM, SIGHUP.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>

namespace livedata {

class end_signals {
public:
  // From now on these signals wait until they are looked at, in this thread and in those that it starts. A SIGHUP that
  // the process was started to ignore (nohup) stays ignored. SIGPIPE is ignored.
  end_signals();

  // The signal that came; waits for one at most so long.
  std::optional<int> wait(std::chrono::milliseconds at_most) const;

  // From now on SIGINT and SIGTERM end the process at once. SIGHUP does not: one end of a terminal can bring it twice.
  void let_through() const;

private:
  sigset_t set_{};
};

// "SIGTERM"
std::string_view signal_name(int signal);

// Watches for a signal, on a thread of its own, while the thread that made it is busy.
class signal_watch {
public:
  // Calls `act` with the first signal that comes.
  signal_watch(const end_signals& signals, std::function<void(int)> act);
  // Waits for `act` if it runs.
  void stop();

private:
  std::jthread thread_;
};

} // namespace livedata
