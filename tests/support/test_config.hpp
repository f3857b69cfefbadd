// The configuration of an actor system in a test: so many workers, and no file that happens to be there.
#pragma once

#include "actors/caf_compat.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace livedata::test {

struct test_config : fileless_config {
  explicit test_config(std::size_t threads) {
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", threads);
    // Counts the messages of each kind of actor.
    caf::put(content, to_caf(caf_measured_actors), std::vector<std::string>{"livedata.*"});
  }
};

} // namespace livedata::test
