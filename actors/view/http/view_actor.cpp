#include "actors/view/http/view_actor.hpp"

#include "actors/metrics.hpp"

namespace livedata {

namespace {

class view_state {
public:
  static inline const char* name = "livedata.view";

  view_state(display_actor::pointer self, std::shared_ptr<latest_results> latest,
             std::shared_ptr<const wall_clock> clock)
    : latest_(std::move(latest)), clock_(std::move(clock)) {
    survive_stray_errors(self);
  }

  display_actor::behavior_type make_behavior() {
    return {
      [this](const run_report_ptr& report) { latest_->take(report, clock_->now()); },
      [](finish_atom) {},
    };
  }

private:
  std::shared_ptr<latest_results> latest_;
  std::shared_ptr<const wall_clock> clock_;
};

caf::telemetry::int_counter* requests(caf::actor_system& system, std::string outcome) {
  return counter(system, "http.requests", "Requests of HTTP answered.", {{"outcome", std::move(outcome)}});
}

} // namespace

display_actor spawn_view(caf::actor_system& system, std::shared_ptr<latest_results> latest,
                         std::shared_ptr<const wall_clock> clock) {
  return system.spawn<caf::stateful_actor<view_state, display_actor::impl>>(std::move(latest), std::move(clock));
}

// An actor of its own, on a thread of its own: jobs may keep all others busy, and a workflow that is built for minutes
// keeps no other command waiting here.
void give_command(caf::actor_system& system, const coordinator_actor& coordinator, const std::string& service,
                  command_ptr command, std::shared_ptr<latest_results> latest, command_done done) {
  system.spawn<caf::detached>([=](caf::event_based_actor* self) {
    ask(self, coordinator, command)
      .then(
        [=](const std::string& problem) {
          done(problem);
          if (!problem.empty()) return;
          ask(self, coordinator, status_atom_v)
            .then([=](const job_statuses_ptr& jobs) { latest->take_jobs(service, *jobs); }, [](const caf::error&) {});
        },
        [=](const caf::error& e) { done("the service has ended: " + to_string(e)); });
  });
}

server_metrics make_server_metrics(caf::actor_system& system) {
  server_metrics m;
  m.answered = requests(system, "answered");
  m.refused = requests(system, "refused");
  m.failed = requests(system, "failed");
  m.connections_refused = counter(system, "http.connections-refused", "Connections beyond the limit.", {});
  m.connections = gauge(system, "http.connections", "Connections of HTTP that are open.", {});
  m.viewers = gauge(system, "http.viewers", "Viewers of updates.", {});
  m.frames = counter(system, "http.frames", "Frames sent to viewers of updates.", {});
  m.frame_bytes = counter(system, "http.frame-bytes", "Bytes sent to viewers of updates.", {});
  return m;
}

} // namespace livedata
