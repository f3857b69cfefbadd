#include "actors/reporter/reporter_actor.hpp"

#include "actors/reporter/statistics.hpp"

namespace livedata {

namespace {

class reporter_state {
public:
  static inline const char* name = "livedata.reporter";

  reporter_state(reporter_actor::pointer self, std::shared_ptr<const wall_clock> clock, display_actor display,
                 std::chrono::nanoseconds cadence, display_actor viewer)
    : self_(self), clock_(std::move(clock)), display_(std::move(display)), viewer_(std::move(viewer)),
      cadence_(cadence), statistics_(clock_->now(), measure_process_usage()) {
    survive_stray_errors(self);
  }

  reporter_actor::behavior_type make_behavior() {
    arm_report();
    return {
      [this](const batch_report_ptr& report) { statistics_.add(*report); },
      [this](const source_report_ptr& report) { statistics_.add(*report); },
      [this](const handover_report_ptr& report) { statistics_.add(*report); },
      [this](report_atom) { show(); },
      [this](finish_atom) {
        finished_ = true;
        return show();
      },
    };
  }

private:
  void arm_report() {
    self_->run_delayed(cadence_, [this] {
      if (finished_) return;
      show();
      arm_report();
    });
  }

  run_report_ptr show() {
    auto report = std::make_shared<const run_report>(statistics_.snapshot(clock_->now(), measure_process_usage()));
    if (display_) tell(self_, display_, report);
    if (viewer_) tell(self_, viewer_, report);
    return report;
  }

  reporter_actor::pointer self_;
  std::shared_ptr<const wall_clock> clock_;
  display_actor display_;
  display_actor viewer_;
  std::chrono::nanoseconds cadence_;
  statistics statistics_;
  bool finished_ = false;
};

} // namespace

reporter_actor spawn_reporter(caf::actor_system& system, std::shared_ptr<const wall_clock> clock, display_actor display,
                              std::chrono::nanoseconds cadence, display_actor viewer) {
  return system.spawn<caf::stateful_actor<reporter_state, reporter_actor::impl>>(std::move(clock), std::move(display),
                                                                                 cadence, std::move(viewer));
}

} // namespace livedata
