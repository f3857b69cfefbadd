// What in the cycles of a service depends on how fast things are: noted for a recording, or done again as a recording
// says. Plain code.
#pragma once

#include "messages/ids.hpp"
#include "transport/recording/marks.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class cycle_log {
public:
  using note = std::function<void(const flow_mark&)>;

  // `planned`: of a recording; empty if there is none, or if it tells nothing of cycles. `tell` may be empty.
  cycle_log(std::string service, const std::vector<cycle_mark>& planned, note tell)
    : service_(std::move(service)), tell_(std::move(tell)) {
    for (const auto& m : planned) {
      redoes_ = true;
      if (m.what == cycle_mark::kind::entered) entries_[m.job].push_back(m.batch);
      if (m.what == cycle_mark::kind::held) held_.insert(m.batch);
      if (m.what == cycle_mark::kind::dropped) dropped_.emplace(m.batch, m.job);
    }
    write(0, cycle_mark::kind::begun);
  }

  // The batch before which the job's next start takes effect; nothing if the recording does not tell.
  std::optional<std::uint64_t> next_entry(const job_id& id) {
    if (!redoes_) return std::nullopt;
    auto i = entries_.find(to_string(id));
    // The run ended before.
    if (i == entries_.end() || i->second.empty()) return std::numeric_limits<std::uint64_t>::max();
    auto place = i->second.front();
    i->second.pop_front();
    return place;
  }

  bool was_held(std::uint64_t batch) const { return held_.contains(batch); }

  bool was_dropped(std::uint64_t batch, const job_id& id) const {
    return !dropped_.empty() && dropped_.contains({batch, to_string(id)});
  }

  void entered(std::uint64_t batch, const job_id& id) { write(batch, cycle_mark::kind::entered, &id); }

  void held(std::uint64_t batch) { write(batch, cycle_mark::kind::held); }

  void dropped(std::uint64_t batch, const job_id& id) { write(batch, cycle_mark::kind::dropped, &id); }

private:
  void write(std::uint64_t batch, cycle_mark::kind what, const job_id* id = nullptr) const {
    if (tell_) tell_(cycle_mark{service_, batch, what, id == nullptr ? std::string{} : to_string(*id)});
  }

  std::string service_;
  note tell_;
  bool redoes_ = false;
  // By job, in order.
  std::map<std::string, std::deque<std::uint64_t>> entries_;
  std::set<std::uint64_t> held_;
  std::set<std::pair<std::uint64_t, std::string>> dropped_;
};

} // namespace livedata
