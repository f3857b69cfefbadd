// The configuration of an actor system in a test: so many workers, and no file that happens to be there.
#pragma once

#include <caf/all.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace livedata::test {

struct test_config : caf::actor_system_config {
  explicit test_config(std::size_t threads) {
#if CAF_MAJOR_VERSION >= 1
    config_file_path(std::string{});
#else
    config_file_path.clear();
#endif
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", threads);
    // Counts the messages of each kind of actor.
    caf::put(content, "caf.metrics-filters.actors.includes", std::vector<std::string>{"livedata.*"});
  }
};

} // namespace livedata::test
