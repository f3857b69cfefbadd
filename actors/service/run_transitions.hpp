// Knows the starts and stops of runs that were told, so that each counts once however often it is told. Plain code.
#pragma once

#include "messages/timestamp.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace livedata {

class run_transitions {
public:
  // More than are told again after so many others.
  static constexpr std::size_t most = 1000;

  // Whether this run was not known to begin or end at `t`. From now on it is.
  bool is_new(const std::string& run_name, timestamp t) {
    const std::pair transition{run_name, t};
    if (std::ranges::find(known_, transition) != known_.end()) return false;
    known_.push_back(transition);
    if (known_.size() > most) known_.pop_front();
    return true;
  }

private:
  // Oldest first.
  std::deque<std::pair<std::string, timestamp>> known_;
};

} // namespace livedata
