#include "actors/job/job_actor.hpp"

#include "actors/job/job.hpp"
#include "actors/job/piece_runner.hpp"
#include "actors/profile/phase_meter.hpp"

#include <chrono>

namespace livedata {

namespace {

class job_state_holder {
public:
  static inline const char* name = "livedata.job";

  job_state_holder(job_actor::pointer self, const job_order& order)
    : self_(self), meter_(self->system()), work_(order.id, order.recipe, [this](phase p) { meter_.over(p); }),
      pieces_(self, meter_) {
    survive_stray_errors(self);
  }

  job_actor::behavior_type make_behavior() {
    return {
      [this](build_atom) { return work_.build(); },
      [this](const task_ptr& task) { return take(task); },
      [this](clear_atom) { work_.reset(); },
    };
  }

private:
  using steady = std::chrono::steady_clock;

  caf::result<reply_ptr> take(const task_ptr& task) {
    begin_ = steady::now();
    meter_.start();
    auto divided = work_.begin(*task);
    if (!divided) return completed(*task, {});
    answer_ = self_->make_response_promise<reply_ptr>();
    pieces_.run(divided, [this, task](const std::string& failure) { answer_.deliver(completed(*task, failure)); });
    return answer_;
  }

  reply_ptr completed(const job_task& task, const std::string& failure) {
    auto reply = std::make_shared<job_reply>(work_.complete(task, failure));
    reply->seconds = std::chrono::duration<double>(steady::now() - begin_).count();
    return reply;
  }

  job_actor::pointer self_;
  phase_meter meter_;
  job work_;
  piece_runner pieces_;
  // Of the task in work.
  steady::time_point begin_;
  caf::typed_response_promise<reply_ptr> answer_;
};

} // namespace

job_actor spawn_job(caf::actor_system& system, const job_order& order) {
  return system.spawn<caf::stateful_actor<job_state_holder, job_actor::impl>>(order);
}

} // namespace livedata
