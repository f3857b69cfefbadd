#include "actors/job/job_actor.hpp"

#include "actors/error_text.hpp"
#include "actors/job/job.hpp"
#include "actors/job/piece_runner.hpp"
#include "actors/profile/phase_meter.hpp"

#include <chrono>
#include <utility>

namespace livedata {

namespace {

class job_actor_state {
public:
  static inline const char* name = "livedata.job";

  job_actor_state(job_actor::pointer self, std::shared_ptr<job> work)
    : self_(self), meter_(self->system()), work_(std::move(work)), pieces_(self, meter_) {
    work_->listen([this](phase p) { meter_.over(p); });
    survive_stray_errors(self);
  }

  job_actor::behavior_type make_behavior() {
    return {
      [this](const task_ptr& task) { return take(task); },
      [this](clear_atom) {
        if (elsewhere_)
          tell(self_, elsewhere_, clear_atom_v);
        else
          work_->reset();
      },
      [this](save_atom) -> caf::result<saved_work_ptr> {
        if (elsewhere_) return pass_on(self_, elsewhere_, save_atom_v);
        saved_work_ptr saved;
        if (auto why = text_of_failure([&] { saved = std::make_shared<const saved_work>(work_->save()); }))
          return caf::make_error(caf::sec::runtime_error, *why);
        return saved;
      },
      [this](own_thread_atom) { move_to_own_thread(); },
    };
  }

private:
  using steady = std::chrono::steady_clock;

  caf::result<reply_ptr> take(const task_ptr& task) {
    if (elsewhere_) return pass_on(self_, elsewhere_, task);
    begin_ = steady::now();
    meter_.start();
    auto divided = work_->begin(*task);
    if (!divided) return completed(*task, {});
    answer_ = self_->make_response_promise<reply_ptr>();
    pieces_.run(divided, [this, task](const std::string& failure) { answer_.deliver(completed(*task, failure)); });
    return answer_;
  }

  reply_ptr completed(const job_task& task, const std::string& failure) {
    auto reply = std::make_shared<job_reply>(work_->complete(task, failure));
    reply->seconds = std::chrono::duration<double>(steady::now() - begin_).count();
    return reply;
  }

  // The other actor has this one's fate, and this one the other's.
  void move_to_own_thread() {
    if (elsewhere_) return;
    elsewhere_ = self_->spawn<caf::stateful_actor<job_actor_state, job_actor::impl>, caf::detached + caf::linked>(
      std::exchange(work_, nullptr));
  }

  job_actor::pointer self_;
  phase_meter meter_;
  std::shared_ptr<job> work_;
  // Has the job, if that has a thread of its own.
  job_actor elsewhere_;
  piece_runner pieces_;
  // Of the task in work.
  steady::time_point begin_;
  caf::typed_response_promise<reply_ptr> answer_;
};

} // namespace

job_actor spawn_job(caf::actor_system& system, const job_order& /*order*/, std::shared_ptr<job> work) {
  return system.spawn<caf::stateful_actor<job_actor_state, job_actor::impl>>(std::move(work));
}

} // namespace livedata
