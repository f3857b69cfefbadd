#include "actors/service/build_queue.hpp"

#include "actors/job/builder_actor.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t fewest_builders = 2;

built_ptr not_built(std::string why) {
  return std::make_shared<const built_job>(built_job{std::move(why), nullptr});
}

} // namespace

build_queue::build_queue(coordinator_actor::pointer self, std::size_t workers, memory_budget memory)
  : self_(self), most_(std::max(fewest_builders, workers)), memory_(std::move(memory)) {}

build_queue::~build_queue() {
  for (auto& b : builders_)
    caf::anon_send_exit(b.actor, caf::exit_reason::user_shutdown);
}

void build_queue::add(const order_ptr& order, done tell) {
  if (stopped_) return tell(not_built(std::string(ended_too_soon)));
  wanted_.push_back({order, std::move(tell)});
  build_next();
}

// A builder has one order at a time, so that one that takes long keeps no other waiting.
void build_queue::build_next() {
  while (!wanted_.empty()) {
    const auto n = free_builder();
    if (!n) return;
    auto next = std::move(wanted_.front());
    wanted_.pop_front();
    builders_[*n].builds = true;
    auto built = [this, n = *n, tell = std::move(next.tell)](const built_ptr& b) {
      builders_[n].builds = false;
      build_next();
      tell(b);
    };
    ask(self_, builders_[*n].actor, next.order).then(built, [built](const caf::error& e) {
      built(not_built(to_string(e)));
    });
  }
}

std::optional<std::size_t> build_queue::free_builder() {
  const auto free = std::ranges::find(builders_, false, &builder::builds);
  if (free != builders_.end()) return static_cast<std::size_t>(free - builders_.begin());
  if (builders_.size() == most_) return std::nullopt;
  builders_.push_back({spawn_builder(self_->system(), memory_)});
  return builders_.size() - 1;
}

void build_queue::stop() {
  stopped_ = true;
  for (auto& w : std::exchange(wanted_, {}))
    w.tell(not_built(std::string(ended_too_soon)));
}

std::size_t build_queue::in_work() const {
  return static_cast<std::size_t>(std::ranges::count(builders_, true, &builder::builds));
}

} // namespace livedata
