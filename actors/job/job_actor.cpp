#include "actors/job/job_actor.hpp"

#include "actors/job/job.hpp"

#include <chrono>

namespace livedata {

namespace {

struct job_state_holder {
  static inline const char* name = "livedata.job";

  job_state_holder(job_actor::pointer self, const job_order& order) : work(order.id, order.recipe) {
    survive_stray_errors(self);
  }

  job_actor::behavior_type make_behavior() {
    return {
      [this](build_atom) { return work.build(); },
      [this](const task_ptr& task) { return timed(*task); },
      [this](clear_atom) { work.reset(); },
    };
  }

  reply_ptr timed(const job_task& task) {
    auto begin = std::chrono::steady_clock::now();
    auto reply = std::make_shared<job_reply>(work.process(task));
    reply->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return reply;
  }

  job work;
};

} // namespace

job_actor spawn_job(caf::actor_system& system, const job_order& order) {
  return system.spawn<caf::stateful_actor<job_state_holder, job_actor::impl>>(order);
}

} // namespace livedata
