#include "actors/job/builder_actor.hpp"

#include "actors/job/job.hpp"

#include <exception>

namespace livedata {

namespace {

// Why the job cannot go on with what it had; empty: it does.
std::string load(job& work, const job_order& order) {
  try {
    work.load(order.begins_with);
    return {};
  } catch (const std::exception& e) {
    work.reset();
    return e.what();
  }
}

built_ptr build(const job_order& order, const memory_budget& all) {
  auto built = std::make_shared<built_job>();
  try {
    built->work = std::make_shared<job>(order.id, order.recipe);
    built->problem = built->work->build(all);
    if (built->problem.empty() && !order.begins_with.empty()) built->not_loaded = load(*built->work, order);
  } catch (const std::exception& e) {
    built->problem = e.what();
  } catch (...) {
    built->problem = "the workflow threw an exception that is no std::exception";
  }
  return built;
}

struct builder_state {
  static inline const char* name = "livedata.builder";

  builder_state(builder_actor::pointer self, memory_budget jobs) : all(std::move(jobs)) { survive_stray_errors(self); }

  builder_actor::behavior_type make_behavior() {
    return {[this](const order_ptr& order) { return build(*order, all); }};
  }

  memory_budget all;
};

} // namespace

builder_actor spawn_builder(caf::actor_system& system, const memory_budget& jobs) {
  return system.spawn<caf::stateful_actor<builder_state, builder_actor::impl>, caf::detached>(jobs);
}

} // namespace livedata
