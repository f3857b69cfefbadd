#include "actors/job/job_actor.hpp"

#include "actors/job/job.hpp"
#include "actors/job/piece_helper.hpp"
#include "actors/profile/phase_meter.hpp"

#include <chrono>
#include <vector>

namespace livedata {

namespace {

class job_state_holder {
public:
  static inline const char* name = "livedata.job";

  job_state_holder(job_actor::pointer self, const job_order& order)
    : self_(self), meter_(self->system()), work_(order.id, order.recipe, [this](phase p) { meter_.over(p); }) {
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
    if (!divided) return completed(*task);
    answer_ = self_->make_response_promise<reply_ptr>();
    failure_.clear();
    outstanding_ = divided->pieces();
    for (std::size_t i = 1; i < divided->pieces(); ++i)
      // No other message is looked at before all have answered.
      ask(self_, helper(i - 1), piece_ptr(std::make_shared<const job_piece>(job_piece{divided, i})))
        .await([this, task](const std::string& failure) { helper_done(*task, failure); },
               [this, task](const caf::error& e) { helper_done(*task, to_string(e)); });
    auto failure = run_piece(*divided, 0);
    meter_.over(phase::accumulate);
    piece_done(*task, failure);
    return answer_;
  }

  const piece_helper& helper(std::size_t n) {
    while (helpers_.size() <= n)
      helpers_.push_back(spawn_piece_helper(self_));
    return helpers_[n];
  }

  void helper_done(const job_task& task, const std::string& failure) {
    meter_.start();
    piece_done(task, failure);
  }

  void piece_done(const job_task& task, const std::string& failure) {
    if (failure_.empty()) failure_ = failure;
    if (--outstanding_ == 0) answer_.deliver(completed(task));
  }

  reply_ptr completed(const job_task& task) {
    auto reply = std::make_shared<job_reply>(work_.complete(task, failure_));
    reply->seconds = std::chrono::duration<double>(steady::now() - begin_).count();
    return reply;
  }

  job_actor::pointer self_;
  phase_meter meter_;
  job work_;
  std::vector<piece_helper> helpers_;
  // Of the task in work.
  steady::time_point begin_;
  std::size_t outstanding_ = 0;
  std::string failure_;
  caf::typed_response_promise<reply_ptr> answer_;
};

} // namespace

job_actor spawn_job(caf::actor_system& system, const job_order& order) {
  return system.spawn<caf::stateful_actor<job_state_holder, job_actor::impl>>(order);
}

} // namespace livedata
