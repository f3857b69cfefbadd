// Workflows that are to be built, and the builders that do it beside everything else. Part of the coordinator's actor,
// in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/memory_budget.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace livedata {

class build_queue {
public:
  using done = std::function<void(const built_ptr&)>;

  // At most so many `workers` build at the same time, and two in any case: one that takes minutes does not keep all
  // others waiting. What the workflows need is taken from `memory`.
  build_queue(coordinator_actor::pointer self, std::size_t workers, memory_budget memory);
  build_queue(const build_queue&) = delete;
  build_queue& operator=(const build_queue&) = delete;
  // Ends the builders.
  ~build_queue();

  static constexpr std::string_view ended_too_soon = "the service ended before the workflow was built";

  // Has the workflow of a job built, the first come first. `tell` hears of it later; at once if no more are built.
  void add(const order_ptr& order, done tell);

  // What is not built by now, or in work, will not be: who waits for it hears `ended_too_soon`.
  void stop();

  // Workflows that are being built at this moment.
  std::size_t in_work() const;

private:
  struct builder {
    builder_actor actor;
    bool builds = false;
  };

  struct wanted_job {
    order_ptr order;
    done tell;
  };

  void build_next();
  // One that is free now; nothing if all are at work.
  std::optional<std::size_t> free_builder();

  coordinator_actor::pointer self_;
  std::size_t most_;
  memory_budget memory_;
  std::vector<builder> builders_;
  std::deque<wanted_job> wanted_;
  bool stopped_ = false;
};

} // namespace livedata
