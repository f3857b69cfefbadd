// Which topics a source reads that reads only what jobs need. Plain code: the time is an argument.
#pragma once

#include "actors/source/route_table.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace livedata {

class topic_choice {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // `routes` lives as long as this. `needed`: by coordinator, the streams that its jobs need; the topics of all of them
  // are read. `patience`: a topic that no job needs any more is read for as long; somebody may start the next job on
  // it.
  topic_choice(const route_table& routes, std::vector<std::set<std::string>> needed, std::chrono::nanoseconds patience);

  // The jobs of a coordinator need these streams from now on.
  void need(std::uint32_t coordinator, std::set<std::string> streams, time_point now);

  // Topics that are needed, and not read yet.
  std::vector<std::string> missing() const;

  // All that are needed are read now.
  void all_read();

  // Topics that no job has needed for too long: not read from now on.
  std::vector<std::string> take_unneeded(time_point now);

  // Whether a topic is read that carries streams that come with the pulses.
  bool reads_pulses() const;

private:
  std::vector<std::string> wanted() const { return routes_.topics_for(needed_); }

  const route_table& routes_;
  std::chrono::nanoseconds patience_;
  std::vector<std::set<std::string>> needed_;
  // Topics that are read; with the time since when none needs them.
  std::map<std::string, std::optional<time_point>> read_;
};

} // namespace livedata
