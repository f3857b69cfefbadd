// What the actors tell the reporter, and what the reporter tells people.
#pragma once

#include "actors/profile/phase.hpp"
#include "messages/job_state.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace livedata {

// Names of a job that never change, shared by all reports on it.
struct job_label {
  std::string service;
  std::string workflow;
  std::string source;
  // source/uuid
  std::string id;
};

// One job after one batch.
struct job_report {
  std::shared_ptr<const job_label> label;
  job_state state = job_state::scheduled;
  // Error, else warning, else empty.
  std::string text;
  // Whether the batch had work for it, and if so: how many events it was given and how long it took.
  bool worked = false;
  std::uint64_t events = 0;
  double seconds = 0;
};

// A coordinator after one batch.
struct batch_report {
  std::string service;
  std::uint64_t batch = 0;
  timestamp start;
  timestamp end;
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  // Wall time from the first request to a job to the last answer; 0 if there was no work.
  double fan_out_seconds = 0;
  bool had_work = false;
  // Whether `jobs` are all jobs of its table, in table order. Else they are those that the batch had work for, and all
  // that is said of them is their work: names, states and texts of all jobs are as they were.
  bool whole_table = true;
  std::vector<job_report> jobs;
  // Of each of `jobs` in the table, if that is not given whole.
  std::vector<std::size_t> places = {};
};

// The source since the last report of it.
struct source_report {
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  std::uint64_t dropped_messages = 0;
  std::uint64_t dropped_events = 0;
  // By reason.
  std::map<std::string, std::uint64_t> rejected;
  // What it waits for; empty: nothing unusual.
  std::string awaits = {};
};

// The publisher after handing over the results of one batch.
struct handover_report {
  std::string service;
  std::uint64_t batch = 0;
  std::uint64_t results = 0;
  std::uint64_t failed = 0;
  double lag_seconds = 0;
};

// Quantiles of a duration in seconds; zero if there was none.
struct quantiles {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

// The state of one job as people see it.
struct job_line {
  std::shared_ptr<const job_label> label;
  job_state state = job_state::scheduled;
  std::string text;
  std::uint64_t events = 0;
  double events_per_second = 0;
  // Of the last batch with work for it.
  double seconds = 0;
  quantiles processing;
  double lag_seconds = 0;
};

// The whole run so far. Rates are over the time since the report before.
struct run_report {
  double elapsed_seconds = 0;
  std::vector<job_line> jobs;
  std::uint64_t jobs_active = 0;
  std::uint64_t batches = 0;
  std::uint64_t events_received = 0;
  std::uint64_t events_processed = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t messages_dropped = 0;
  std::uint64_t events_dropped = 0;
  std::map<std::string, std::uint64_t> rejected;
  // What the source waits for; empty: nothing unusual.
  std::string awaits;
  std::uint64_t results = 0;
  std::uint64_t results_failed = 0;
  double received_per_second = 0;
  // Events processed.
  double events_per_second = 0;
  double lag_seconds = 0;
  quantiles lag;
  quantiles batch;
  // All that time together: in which jobs were at work on batches, summed over services.
  double batch_seconds = 0;
  // Of this process: processor time used so far, share of one processor since the last report, memory.
  double cpu_seconds = 0;
  double cpu_share = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t max_rss_bytes = 0;
  // From when data flowed to the end; only in the report of a run that is over.
  run_profile profile;
};

} // namespace livedata
