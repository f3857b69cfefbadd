#include "app/end_signals.hpp"

#include <cstdlib>
#include <ctime>
#include <utility>

namespace livedata {

namespace {

// Between two looks whether the watch is over.
constexpr auto between_looks = std::chrono::milliseconds(10);

bool is_ignored(int signal) {
  struct sigaction now {};

  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

} // namespace

end_signals::end_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  if (!is_ignored(SIGHUP)) sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

std::optional<int> end_signals::wait(std::chrono::milliseconds at_most) const {
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec limit{s.count(), std::chrono::nanoseconds(at_most - s).count()};
  auto signal = sigtimedwait(&set_, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

end_signals end_signals::without_hangup() const {
  sigset_t set = set_;
  sigdelset(&set, SIGHUP);
  return end_signals(set);
}

void end_by(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  std::signal(signal, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(signal);
  std::_Exit(128 + signal);
}

std::string_view signal_name(int signal) {
  switch (signal) {
  case SIGINT:
    return "SIGINT";
  case SIGTERM:
    return "SIGTERM";
  case SIGHUP:
    return "SIGHUP";
  default:
    return "signal";
  }
}

signal_watch::signal_watch(const end_signals& signals, std::function<void(int)> act)
  : thread_([signals, act = std::move(act)](const std::stop_token& over) {
      while (!over.stop_requested())
        if (auto signal = signals.wait(between_looks)) {
          act(*signal);
          return;
        }
    }) {}

void signal_watch::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

} // namespace livedata
