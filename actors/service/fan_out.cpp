#include "actors/service/fan_out.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace livedata {

bool fan_out::begin(batch_in_work work) {
  work_ = std::move(work);
  work_->replies.resize(work_->items.size());
  work_->outstanding = work_->items.size();
  if (work_->items.empty()) return false;
  std::vector<fan_out_unit> sizes;
  for (const auto& item : work_->items)
    sizes.push_back({events_of(item.task)});
  // What takes longest first.
  for (auto i : plan_fan_out(sizes, limits_)) {
    work_->items[i].task.workers = sizes[i].workers;
    send(i);
  }
  return true;
}

batch_in_work fan_out::take() {
  auto done = std::move(*work_);
  work_.reset();
  return done;
}

void fan_out::send(std::size_t i) {
  auto& item = work_->items[i];
  auto* member = jobs_.find(item.job);
  auto generation = member->generation;
  ask(self_, member->actor, task_ptr(std::make_shared<const job_task>(std::move(item.task))))
    .then([this, i](const reply_ptr& reply) { fan_in(i, reply); },
          [this, i, id = item.job, generation](const caf::error& e) {
            jobs_.died(id, generation, e);
            fan_in(i, nullptr);
          });
}

void fan_out::fan_in(std::size_t item, const reply_ptr& reply) {
  work_->replies[item] = reply;
  if (--work_->outstanding == 0) done_();
}

} // namespace livedata
