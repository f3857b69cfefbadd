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

  // The same without SIGHUP, which waits on: one end of a terminal can bring it twice.
  end_signals without_hangup() const;

private:
  explicit end_signals(sigset_t set) : set_(set) {}

  sigset_t set_{};
};

// Ends the process at once by a signal, as if it had not been caught.
[[noreturn]] void end_by(int signal);

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
