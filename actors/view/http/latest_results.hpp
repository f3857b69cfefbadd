// What viewers see: the last result of each job, what jobs and services say of themselves, the last report of the run,
// and its history. The only thing that the publisher's thread and the threads of viewers share: whoever writes puts
// pointers in place and goes on, so nobody who computes waits for anybody who looks. Memory: one result of each job,
// and the newest samples of series over time.
#pragma once

#include "actors/messages.hpp"
#include "actors/view/http/series_history.hpp"
#include "messages/control.hpp"
#include "messages/heartbeat.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// How a job was asked for, as far as that is known here.
struct job_wish {
  workflow_id workflow;
  json params = json::object();
  std::vector<std::pair<std::string, std::string>> aux_source_names = {};
  job_schedule schedule = {};
};

// A job as viewers see it.
struct viewed_job {
  job_id id;
  std::string service;
  workflow_id workflow;
  // Its status; nothing before the first.
  std::optional<job_heartbeat> status = {};
  // nullptr before the first result.
  std::shared_ptr<const job_result> result = {};
  // Grows with each result of any job.
  std::uint64_t sequence = 0;
  // Wall time.
  timestamp published = {};
  // nullptr if it is not known.
  std::shared_ptr<const job_wish> wish = {};
};

// One output of a job, and which result it is of.
struct viewed_output {
  payload_ptr message;
  timestamp end;
  std::uint64_t sequence = 0;
};

// The run of the experiment that is going on.
struct viewed_run {
  std::string name;
  timestamp start;
  std::optional<timestamp> stop;
};

// A moment in the history of a run. Rates are means since the point before; lags are NaN before the first result.
struct history_point {
  timestamp time;
  double lag_p50_s = 0;
  double lag_p99_s = 0;
  double events_per_s = 0;
  double messages_per_s = 0;
};

// What is known of the run as a whole.
struct viewed_report {
  // nullptr before the first.
  std::shared_ptr<const run_report> report = {};
  timestamp came = {};
  double messages_per_s = 0;
  // When results that could not be handed over were last counted.
  std::optional<timestamp> last_failure = {};
  std::optional<viewed_run> run = {};
};

class latest_results {
public:
  static constexpr std::size_t most_history = 720;
  static constexpr duration history_interval{5'000'000'000};
  // Wishes of jobs that were never seen.
  static constexpr std::size_t most_wishes = 4096;
  // Samples of one series over time, and of all together.
  static constexpr std::size_t most_samples = 10'000;
  static constexpr std::size_t most_samples_together = 2'000'000;

  // Called after each change, on the thread that made it; must not block.
  void on_change(std::function<void()> listener);

  // --- what comes in

  // To be called by one thread only.
  void take(const result_set& results, timestamp now);

  // The jobs of a service, all of them: those that are not there any more are forgotten.
  void take_jobs(const std::string& service, std::span<const job_heartbeat> jobs);

  // These are all services: jobs of others are forgotten.
  void take_services(std::span<const std::string> names);

  // A job was asked for.
  void take_wish(const job_id& id, job_wish wish);

  void take(std::shared_ptr<const run_report> report, timestamp now);

  void take(const viewed_run& run);
  void take_stop(timestamp stop);

  // --- what is seen

  // By source, then number.
  std::vector<viewed_job> jobs() const;
  std::optional<viewed_job> job(const job_id& id) const;
  // Nothing if there is no such job, or it has no such output yet.
  std::optional<viewed_output> output(const job_id& id, std::string_view name) const;
  // Of a series over time: its kept samples that came with results after that one (0: all that are kept). Nothing if it
  // is none, or there are none.
  std::optional<da00::message> series(const job_id& id, std::string_view name, std::uint64_t after) const;
  viewed_report report() const;
  // The oldest first, history_interval apart.
  std::vector<history_point> history() const;
  // Grows with each change of what jobs() gives, or of the report.
  std::uint64_t revision() const;

private:
  struct wish_entry {
    std::shared_ptr<const job_wish> wish;
    std::uint64_t number;
  };

  // One output of one result.
  struct series_part {
    job_id job;
    std::string output;
    da00::message samples;
  };

  void changed();
  void note_history(const run_report& report, timestamp now);
  void forget_oldest_wish();
  std::vector<series_part> series_parts(const result_set& results);
  void keep_samples(const std::vector<series_part>& parts);

  mutable std::mutex mutex_;
  std::map<job_id, viewed_job> jobs_;
  std::map<job_id, std::map<std::string, series_history, std::less<>>> series_;
  std::map<job_id, wish_entry> wishes_;
  std::uint64_t wish_number_ = 0;
  viewed_report report_;
  std::deque<history_point> history_;
  // At the last point of it.
  std::uint64_t events_then_ = 0;
  std::uint64_t messages_then_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t revision_ = 0;
  std::function<void()> listener_;
  // Outputs of workflows that are series over time, and those that are not. Only for take().
  std::map<std::pair<workflow_id, std::string>, bool> known_series_;
};

} // namespace livedata
