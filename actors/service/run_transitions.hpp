// Knows the starts and stops of runs that were told, so that each counts once however often it is told, and a run has
// one stop: the one that was told last. Plain code.
#pragma once

#include "messages/control.hpp"
#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class run_transitions {
public:
  // More than are told again after so many others.
  static constexpr std::size_t most = 1000;

  // What a message means for the times at which jobs are reset.
  struct change {
    std::vector<timestamp> expect;
    // Not any more, if it has not come yet.
    std::optional<timestamp> forget;

    friend bool operator==(const change&, const change&) = default;
  };

  // A new start time under a name that is known is another run.
  change start(const run_start& r) {
    change out;
    if (is_new(r.run_name, r.start)) {
      out.expect.push_back(r.start);
      std::erase_if(stops_, [&](const auto& s) { return s.first == r.run_name; });
    }
    if (r.stop) add_stop(r.run_name, *r.stop, out);
    return out;
  }

  change stop(const run_stop& r) {
    change out;
    add_stop(r.run_name, r.stop, out);
    return out;
  }

  void state(archive& a) {
    state(a, "told", known_);
    state(a, "stops", stops_);
  }

private:
  using transition = std::pair<std::string, timestamp>;

  static void state(archive& a, const std::string& name, std::deque<transition>& list) {
    std::vector<std::string> runs;
    std::vector<timestamp> times;
    for (const auto& [run, t] : list) {
      runs.push_back(run);
      times.push_back(t);
    }
    a.field(name, runs);
    a.field(name + " times", times);
    if (!a.loading()) return;
    if (runs.size() != times.size()) a.refuse(name, "has not one time for each run");
    list.clear();
    for (std::size_t i = 0; i < runs.size(); ++i)
      list.emplace_back(runs[i], times[i]);
  }

  static void remember(std::deque<transition>& list, transition t) {
    list.push_back(std::move(t));
    if (list.size() > most) list.pop_front();
  }

  // Whether this run was not known to begin or end at `t`. From now on it is.
  bool is_new(const std::string& run_name, timestamp t) {
    const transition told{run_name, t};
    if (std::ranges::find(known_, told) != known_.end()) return false;
    remember(known_, told);
    return true;
  }

  // In place of the stop that was announced. Runs without a name cannot be told apart.
  void add_stop(const std::string& run_name, timestamp t, change& into) {
    if (!is_new(run_name, t)) return;
    into.expect.push_back(t);
    if (run_name.empty()) return;
    const auto known = std::ranges::find(stops_, run_name, &transition::first);
    if (known != stops_.end()) {
      into.forget = known->second;
      stops_.erase(known);
    }
    remember(stops_, {run_name, t});
  }

  // Oldest first.
  std::deque<transition> known_;
  // The stop of each run, as it was told last.
  std::deque<transition> stops_;
};

} // namespace livedata
