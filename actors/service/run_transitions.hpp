// Knows the starts and stops of runs that were told, so that each counts once however often it is told. Plain code.
#pragma once

#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

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

  void state(archive& a) {
    std::vector<std::string> runs;
    std::vector<timestamp> times;
    for (const auto& [run, t] : known_) {
      runs.push_back(run);
      times.push_back(t);
    }
    a.field("runs", runs);
    a.field("times", times);
    if (!a.loading()) return;
    if (runs.size() != times.size()) a.refuse("runs", "have not one time each");
    known_.clear();
    for (std::size_t i = 0; i < runs.size(); ++i)
      known_.emplace_back(runs[i], times[i]);
  }

private:
  // Oldest first.
  std::deque<std::pair<std::string, timestamp>> known_;
};

} // namespace livedata
