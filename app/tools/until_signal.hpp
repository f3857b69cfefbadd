// The end of a small program by signal or by time.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>

namespace livedata {

class until_signal {
public:
  // `seconds`: 0 for no limit. SIGINT, SIGTERM and SIGHUP are noted from now on; a SIGHUP that the process was started
  // to ignore (nohup) stays ignored.
  explicit until_signal(double seconds) {
    if (seconds > 0)
      end_ = std::chrono::steady_clock::now() + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    std::signal(SIGINT, note);
    std::signal(SIGTERM, note);
    if (std::signal(SIGHUP, note) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  }

  bool over() const { return came_ != 0 || std::chrono::steady_clock::now() >= end_; }

private:
  static void note(int /*signal*/) { came_ = 1; }

  static inline volatile std::sig_atomic_t came_ = 0;
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
};

} // namespace livedata
