// Lets the others go on without the jobs that are at work when no job has answered for too long. Part of the
// coordinator's actor.
#pragma once

#include "actors/actors.hpp"
#include "actors/service/batch_cycle.hpp"
#include "actors/service/coordinator_settings.hpp"
#include "actors/service/job_supervisor.hpp"

#include <chrono>
#include <functional>
#include <utility>

namespace livedata {

class fan_in_deadline {
public:
  // All live as long as this. `limit`: how long to wait for an answer now. `go_on`: the batch may be complete.
  fan_in_deadline(coordinator_actor::pointer self, const coordinator_settings& settings, batch_cycle& cycle,
                  job_supervisor& jobs, std::function<std::chrono::nanoseconds()> limit, std::function<void()> go_on)
    : self_(self), settings_(settings), cycle_(cycle), jobs_(jobs), limit_(std::move(limit)), go_on_(std::move(go_on)) {
  }

  // A batch has begun.
  void watch() {
    if (settings_.deadline_lengths <= 0 || watching_ || cycle_.complete()) return;
    watching_ = true;
    self_->run_delayed(limit_(), [this] {
      // Answers that have come meanwhile are looked at first.
      self_->run_delayed(std::chrono::milliseconds(1), [this] { look(); });
    });
  }

private:
  void look() {
    watching_ = false;
    if (!cycle_.busy()) return;
    const auto now = std::chrono::steady_clock::now();
    if (cycle_.silent(now, limit_())) leave_behind(now);
    if (cycle_.busy()) watch();
    go_on_();
  }

  void leave_behind(batch_cycle::time_point now) {
    for (auto i : cycle_.unanswered()) {
      jobs_.leave_behind(cycle_.work().items[i].job, std::chrono::duration<double>(limit_()).count());
      cycle_.answered(i, nullptr, now);
    }
  }

  coordinator_actor::pointer self_;
  const coordinator_settings& settings_;
  batch_cycle& cycle_;
  job_supervisor& jobs_;
  std::function<std::chrono::nanoseconds()> limit_;
  std::function<void()> go_on_;
  // A look is on its way.
  bool watching_ = false;
};

} // namespace livedata
