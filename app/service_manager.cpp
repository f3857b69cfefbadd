#include "app/service_manager.hpp"

#include <fmt/format.h>

#include <systemd/sd-daemon.h>

namespace livedata {

namespace {

// As long as /live waits for a report.
constexpr auto patience_without_report = std::chrono::seconds(15);

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

void tell_systemd(const std::string& state) {
  // What cannot be said is nobody's loss.
  (void)sd_notify(0, state.c_str());
}

class report_watch_state {
public:
  static inline const char* name = "livedata.report-watch";

  report_watch_state(display_actor::pointer self, std::shared_ptr<std::atomic<std::int64_t>> last, display_actor next)
    : self_(self), last_(std::move(last)), next_(std::move(next)) {
    survive_stray_errors(self);
  }

  display_actor::behavior_type make_behavior() {
    return {
      [this](const run_report_ptr& report) {
        last_->store(steady_ns());
        if (next_) tell(self_, next_, report);
      },
      [](finish_atom) {},
    };
  }

private:
  display_actor::pointer self_;
  std::shared_ptr<std::atomic<std::int64_t>> last_;
  display_actor next_;
};

} // namespace

service_manager::service_manager() {
  std::uint64_t microseconds = 0;
  // Twice as often as systemd says at least.
  if (sd_watchdog_enabled(0, &microseconds) > 0)
    interval_ = std::chrono::microseconds(static_cast<std::int64_t>(microseconds / 2));
}

display_actor service_manager::spawn_watch(caf::actor_system& system, const display_actor& next) {
  if (interval_.count() == 0) return {};
  return system.spawn<caf::stateful_actor<report_watch_state, display_actor::impl>>(last_report_, next);
}

void service_manager::ready(const std::string& text) {
  last_report_->store(steady_ns());
  tell_systemd(fmt::format("READY=1\nSTATUS={}", text));
}

void service_manager::look() {
  if (interval_.count() == 0 || steady::now() - said_ < interval_) return;
  if (std::chrono::nanoseconds(steady_ns() - last_report_->load()) > patience_without_report) return;
  said_ = steady::now();
  tell_systemd("WATCHDOG=1");
}

void service_manager::still_waits() {
  last_report_->store(steady_ns());
}

void service_manager::stopping() {
  tell_systemd("STOPPING=1");
}

} // namespace livedata
