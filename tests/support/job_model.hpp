// What the engine should do with jobs, written down as plainly as possible: one function for each thing that happens,
// one job after the other, no actor. It gives out lines of text that can be compared with those of the engine.
#pragma once

#include "messages/control.hpp"
#include "messages/heartbeat.hpp"
#include "support/model_workflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace livedata::test {

struct fed_events {
  std::string stream;
  std::vector<std::int32_t> codes;
};

struct fed_sample {
  std::string log;
  std::int64_t time;
  double value;
};

struct fed_batch {
  std::int64_t start;
  std::int64_t end;
  std::vector<fed_events> events;
  std::vector<fed_sample> samples;
};

// What comes in one portion.
struct model_step {
  std::vector<control_message> control;
  std::optional<fed_batch> batch;
};

inline std::string text_of(const std::optional<timestamp>& t) {
  return t ? std::to_string(t->ns) : "-";
}

inline std::string line_of(const acknowledgement& a) {
  return fmt::format("answer {} {} {}", a.message_id, a.device, a.error.value_or("ACK"));
}

inline std::string line_of(const job_heartbeat& h) {
  return fmt::format("status {} {} {} warning=[{}] error=[{}] {}..{}", to_string(h.workflow), to_string(h.job),
                     to_string(h.state), h.warning.value_or(""), h.error.value_or(""), text_of(h.start),
                     text_of(h.end));
}

inline std::string line_of_result(const job_id& job, const std::string& output, double value, timestamp start,
                                  timestamp end) {
  return fmt::format("result {} {}={} {}..{}", to_string(job), output, value, start.ns, end.ns);
}

// What a job says that has lost its actor for good.
inline constexpr const char* given_up =
  "Job actor died. What the job had accumulated is lost. Given up after 0 restarts; stop the job and start it again.";

class job_model {
public:
  // Results come so far apart; 0: with every batch.
  explicit job_model(std::int64_t publish_interval = 0) : publish_interval_(publish_interval) {}

  // Everything that the step brings about, in order, and the status of all jobs after it.
  std::vector<std::string> play(const model_step& step) {
    answers_.clear();
    results_.clear();
    std::vector<std::string> out;
    for (const auto& c : step.control)
      std::visit([this](const auto& content) { control(content); }, c);
    // What a job that starts from memory gives is out at once, with the answers that came before it.
    std::swap(out, early_);
    if (step.batch) batch(*step.batch);
    out.insert(out.end(), answers_.begin(), answers_.end());
    out.insert(out.end(), results_.begin(), results_.end());
    for (const auto& j : jobs_)
      out.push_back(line_of(status(j)));
    return out;
  }

private:
  enum class phase { scheduled, waiting, active };

  struct a_job {
    job_id id;
    workflow_id workflow;
    job_schedule schedule;
    std::vector<std::string> gates;
    bool with_monitor = false;
    bool with_log = false;
    bool dead = false;
    bool stubborn = false;
    phase now = phase::scheduled;
    bool paused = false;
    bool unpublished = false;
    bool settings_unknown = true;
    bool ends = false;
    std::string without_past, warning, refused, error;
    std::optional<timestamp> start, end;
    // The workflow.
    std::int64_t counts = 0, auxiliary = 0, failures = 0, absences = 0;
    std::map<std::string, double> told;
  };

  using events_by_stream = std::map<std::string, std::vector<std::int32_t>>;

  static job_heartbeat status(const a_job& j) {
    auto warning = j.without_past;
    if (!j.warning.empty()) warning += (warning.empty() ? "" : "\n") + j.warning;
    if (!j.refused.empty()) warning += (warning.empty() ? "" : "\n") + j.refused;
    if (j.paused)
      warning = std::string("Paused: takes no data until it is resumed.") + (warning.empty() ? "" : "\n") + warning;
    auto state = j.now == phase::scheduled ? job_state::scheduled
                 : j.now == phase::waiting ? job_state::pending_context
                 : !j.error.empty()        ? job_state::error
                 : !warning.empty()        ? job_state::warning
                                           : job_state::active;
    auto optional = [](const std::string& s) { return s.empty() ? std::nullopt : std::optional(s); };
    return {j.id, j.workflow, state, optional(warning), optional(j.error), j.start, j.end};
  }

  void answer(const std::string& message, const std::string& device, std::optional<std::string> error = {}) {
    answers_.push_back(line_of(acknowledgement{message, device, std::move(error)}));
  }

  // --- commands

  void control(const start_command& c) {
    if (c.workflow.name == "unknown") return;
    if (c.params.contains("fail_build")) {
      answer(c.message_id, c.job.source_name,
             fmt::format("{} on {} could not be built: told not to build", to_string(c.workflow), c.job.source_name));
      return;
    }
    a_job fresh;
    fresh.id = c.job;
    fresh.workflow = c.workflow;
    fresh.schedule = c.schedule;
    fresh.with_monitor = c.workflow.name == "paired";
    fresh.with_log = c.workflow.name == "noted";
    fresh.stubborn = c.workflow.name == "stubborn";
    if (c.workflow.name == "gated") fresh.gates = {"motor"};
    if (c.workflow.name == "gated" && c.job.source_name == "bank2") fresh.gates.push_back("carriage");
    auto old = std::find_if(jobs_.begin(), jobs_.end(), [&](const a_job& j) { return j.id == c.job; });
    if (old == jobs_.end()) old = jobs_.insert(old, a_job{});
    *old = fresh;
    if (c.schedule.start && last_window_ && c.schedule.start->ns <= last_window_->first && !is_log(c.job.source_name))
      old->without_past =
        fmt::format("Began late: the data from {} on are not in it, because this source cannot be read again.",
                    to_string(*c.schedule.start));
    answer(c.message_id, c.job.source_name);
    start_from_memory(*old);
  }

  void start_from_memory(a_job& j) {
    auto knows_some = logs_.contains(j.id.source_name) || (j.with_log && logs_.contains("carriage"));
    for (const auto& g : j.gates)
      knows_some = knows_some || logs_.contains(g);
    if (!clock_ || !knows_some || !reaches(*clock_, j.schedule.start)) return;
    begin(j, {});
    j.ends = reaches(*clock_, j.schedule.end) && j.schedule.end;
    if (j.now == phase::active) work(j, *clock_, *clock_, {}, {}, true);
    // The answer to this command, too, is out before the next thing happens.
    early_.insert(early_.end(), answers_.begin(), answers_.end());
    early_.insert(early_.end(), results_.begin(), results_.end());
    answers_.clear();
    results_.clear();
    leave();
  }

  void control(const job_command& c) {
    std::vector<job_id> chosen;
    for (const auto& j : jobs_)
      if (c.job ? j.id == *c.job : (!c.workflow || j.workflow == *c.workflow)) chosen.push_back(j.id);
    if (chosen.empty()) return;
    std::optional<std::string> error;
    for (const auto& id : chosen) {
      auto j = std::find_if(jobs_.begin(), jobs_.end(), [&](const a_job& x) { return x.id == id; });
      if (c.action == job_action::stop) jobs_.erase(j);
      if (c.action == job_action::pause) j->paused = true;
      if (c.action == job_action::resume && j->paused) {
        j->paused = false;
        j->settings_unknown = true;
      }
      if (c.action != job_action::reset) continue;
      if (j->stubborn) {
        error = fmt::format("Job {} does not support reset.", to_string(id));
        break;
      }
      clear(*j);
    }
    answer(c.message_id, c.job ? to_string(*c.job) : "all", error);
  }

  void control(const run_start& r) {
    if (is_new(r.run_name, r.start.ns)) {
      transitions_.insert(r.start.ns);
      // Another run of that name.
      stops_.erase(r.run_name);
    }
    if (r.stop) end_run(r.run_name, r.stop->ns);
  }

  void control(const run_stop& r) { end_run(r.run_name, r.stop.ns); }

  // What was told before does not count again.
  bool is_new(const std::string& run, std::int64_t t) { return told_.insert({run, t}).second; }

  // A run has one stop: the one that was told last, as long as the one before has not come.
  void end_run(const std::string& run, std::int64_t t) {
    if (!is_new(run, t)) return;
    if (auto before = stops_.find(run); before != stops_.end())
      if (auto waits = transitions_.find(before->second); waits != transitions_.end()) transitions_.erase(waits);
    stops_[run] = t;
    transitions_.insert(t);
  }

  void clear(a_job& j) {
    j.counts = j.auxiliary = j.failures = j.absences = 0;
    j.start.reset();
    j.end.reset();
    j.unpublished = false;
    if (!j.dead) j.error.clear();
    j.refused.clear();
    j.without_past.clear();
    j.warning = j.now == phase::waiting ? waiting_for(j, {}) : "";
  }

  static bool is_log(const std::string& source) { return source == "motor" || source == "carriage"; }

  // --- data

  static bool reaches(std::int64_t t, const std::optional<timestamp>& mark) { return !mark || t >= mark->ns; }

  std::string waiting_for(const a_job& j, const std::set<std::string>&) const {
    std::set<std::string> missing;
    for (const auto& g : j.gates)
      if (!logs_.contains(g)) missing.insert(g);
    return missing.empty() ? "" : fmt::format("Waiting for context streams: {}", fmt::join(missing, ", "));
  }

  void begin(a_job& j, const std::set<std::string>& fresh) {
    j.now = phase::waiting;
    try_gates(j, fresh);
  }

  void try_gates(a_job& j, const std::set<std::string>& fresh) {
    j.warning = waiting_for(j, fresh);
    if (j.warning.empty()) j.now = phase::active;
  }

  void batch(const fed_batch& b) {
    clock_ = b.end;
    if (b.end > b.start && (!last_window_ || b.start >= last_window_->second)) last_window_ = {b.start, b.end};
    std::set<std::string> fresh;
    for (const auto& s : b.samples) {
      auto& log = logs_[s.log];
      if (!log.empty() && s.time < log.rbegin()->first) continue;
      // Sent again.
      if (log.contains(s.time) && log.at(s.time) == s.value) continue;
      log[s.time] = s.value;
      fresh.insert(s.log);
    }
    events_by_stream events;
    for (const auto& e : b.events) {
      auto& all = events[e.stream];
      all.insert(all.end(), e.codes.begin(), e.codes.end());
    }
    auto due = transitions_.upper_bound(b.end);
    held_ = holds(b.end);
    auto transition = due != transitions_.begin();
    transitions_.erase(transitions_.begin(), due);
    for (auto& j : jobs_)
      if (transition && j.now == phase::active && !j.stubborn) clear(j);
    for (auto& j : jobs_) {
      auto was_active = j.now == phase::active;
      if (j.now == phase::scheduled && !j.paused && reaches(b.start, j.schedule.start)) begin(j, fresh);
      if (j.now == phase::scheduled) continue;
      j.ends = j.schedule.end && reaches(b.end, j.schedule.end);
      if (j.now == phase::waiting && !j.paused) try_gates(j, fresh);
      if (j.now == phase::active && !j.dead) work(j, b.start, b.end, fresh, events, !was_active);
    }
    held_ = false;
    leave();
  }

  // Whether a batch that ends then brings no results.
  bool holds(std::int64_t end) {
    auto since = end - published_.value_or(end);
    if (published_ && since >= 0 && since < publish_interval_ - 50) return true;
    published_ = end;
    return false;
  }

  void leave() {
    std::erase_if(jobs_, [](const a_job& j) { return j.ends; });
  }

  // One job and one batch; `first`: it has just become active.
  void work(a_job& j, std::int64_t start, std::int64_t end, const std::set<std::string>& fresh,
            const events_by_stream& events, bool first) {
    auto gives = !held_ || j.ends;
    auto anything = j.unpublished && gives;
    auto pushed_primary = false;
    auto push_warning = std::string{};
    std::optional<std::string> refused;
    if (!j.paused) {
      for (const auto& g : j.gates)
        if (fresh.contains(g) || (j.settings_unknown && logs_.contains(g))) {
          anything = true;
          if (!refused) refused = "";
          auto value = logs_.at(g).rbegin()->second;
          if (value < 0)
            *refused += fmt::format("{}Context {} was refused, the former value stays in force: negative",
                                    refused->empty() ? "" : "\n", g);
          else
            j.told[g] = value;
        }
      j.settings_unknown = false;
      auto primary = events.find(j.id.source_name);
      auto monitor = j.with_monitor ? events.find("m1") : events.end();
      auto samples = logs_.contains(j.id.source_name) && (first || fresh.contains(j.id.source_name));
      auto notes = j.with_log && logs_.contains("carriage") && (first || fresh.contains("carriage"));
      if (primary != events.end() || monitor != events.end() || samples || notes) {
        anything = true;
        auto codes = primary == events.end() ? std::vector<std::int32_t>{} : primary->second;
        auto others = monitor == events.end() ? std::vector<std::int32_t>{} : monitor->second;
        auto count = [](const auto& list, std::int32_t c) { return std::count(list.begin(), list.end(), c); };
        if (count(codes, code::kills) > 0) {
          die(j);
          return;
        }
        if (count(codes, code::poison) + count(others, code::poison) > 0) {
          push_warning = "Job failed to process latest data.\n\npoisoned";
        } else {
          j.counts += static_cast<std::int64_t>(codes.size());
          j.auxiliary += static_cast<std::int64_t>(others.size());
          j.failures += count(codes, code::breaks);
          j.absences += count(codes, code::empties);
          if (notes) j.auxiliary = static_cast<std::int64_t>(logs_.at("carriage").size());
          if (samples) j.counts = static_cast<std::int64_t>(logs_.at(j.id.source_name).size());
          pushed_primary = primary != events.end() || samples;
        }
      }
    }
    if (!anything) return;
    if (refused) j.refused = *refused;
    j.warning = push_warning;
    if (pushed_primary) {
      if (!j.start || end < j.start->ns) j.start = timestamp{start};
      j.end = timestamp{end};
      j.unpublished = true;
    }
    if (j.unpublished && gives) publish(j);
  }

  static void die(a_job& j) {
    j.dead = true;
    j.start.reset();
    j.end.reset();
    j.unpublished = false;
    j.warning.clear();
    j.refused.clear();
    j.error = given_up;
  }

  void publish(a_job& j) {
    if (j.failures > 0) {
      --j.failures;
      j.error = "Job failed to compute result.\n\nbroken";
      return;
    }
    j.error.clear();
    j.unpublished = false;
    auto line = [&](const std::string& output, double v) {
      results_.push_back(line_of_result(j.id, output, v, *j.start, *j.end));
    };
    if (j.absences > 0) {
      --j.absences;
      j.warning = "Workflow returned None for output(s): counts. These outputs were excluded from the result.";
    } else {
      line("counts", static_cast<double>(j.counts));
    }
    line("auxiliary", static_cast<double>(j.auxiliary));
    for (const auto* name : {"motor", "carriage"})
      line(name, j.told.contains(name) ? j.told.at(name) : -1);
  }

  std::int64_t publish_interval_;
  std::optional<std::int64_t> published_;
  bool held_ = false;
  std::vector<a_job> jobs_;
  std::multiset<std::int64_t> transitions_;
  std::set<std::pair<std::string, std::int64_t>> told_;
  std::map<std::string, std::int64_t> stops_;
  std::map<std::string, std::map<std::int64_t, double>> logs_;
  std::optional<std::int64_t> clock_;
  // Of those that do not go back.
  std::optional<std::pair<std::int64_t, std::int64_t>> last_window_;
  std::vector<std::string> answers_;
  std::vector<std::string> results_;
  std::vector<std::string> early_;
};

} // namespace livedata::test
