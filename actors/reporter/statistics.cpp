#include "actors/reporter/statistics.hpp"

#include <algorithm>

namespace livedata {

namespace {

// A batch is booked as a whole, and at the end of a run one more than the time since the last snapshot would hold. A
// little less than the usual time from one snapshot to the next.
constexpr duration shortest_rate_span{900'000'000};

} // namespace

statistics::statistics(timestamp begin, const process_usage& usage) : begin_(begin), base_(begin) {
  cpu_seconds_ = {usage.cpu_seconds, usage.cpu_seconds};
}

statistics::service_record& statistics::service(const std::string& name) {
  auto i = std::find_if(services_.begin(), services_.end(), [&](const auto& s) { return s.name == name; });
  if (i != services_.end()) return *i;
  services_.push_back({name, {}, 0, {}});
  return services_.back();
}

void statistics::add(const batch_report& report) {
  commands_refused_ += report.commands_refused;
  auto& record = service(report.service);
  if (report.booked) {
    ++batches_;
    processed_.total += report.events;
    record.books_difference = report.books_difference;
  }
  if (report.had_work) {
    batch_.add(report.fan_out_seconds);
    batch_seconds_ += report.fan_out_seconds;
  }
  auto& jobs = record.jobs;
  if (report.whole_table) follow_table(jobs, report.jobs);
  for (std::size_t i = 0; i < report.jobs.size(); ++i) {
    const auto place = report.whole_table ? i : report.places[i];
    if (place < jobs.size()) add(report.jobs[i], jobs[place]);
  }
}

void statistics::add(const job_report& now, job_record& job) {
  if (!now.worked) return;
  job.events.total += now.events;
  job.seconds = now.seconds;
  job.processing.add(now.seconds);
}

// What is known of a job stays with it.
void statistics::follow_table(std::vector<job_record>& jobs, const std::vector<job_report>& table) {
  // Most often only a state or a text has changed.
  const auto same_jobs = std::ranges::equal(
    jobs, table, {}, [](const job_record& r) { return r.latest.label; }, [](const job_report& j) { return j.label; });
  if (!same_jobs) {
    std::vector<job_record> old = std::move(jobs);
    jobs.clear();
    jobs.reserve(table.size());
    for (const auto& j : table) {
      auto known = std::ranges::find_if(
        old, [&](const job_record& r) { return r.latest.label && r.latest.label->id == j.label->id; });
      auto& job = known == old.end() ? jobs.emplace_back() : jobs.emplace_back(std::move(*known));
      job.latest.label = j.label;
    }
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].latest.state = table[i].state;
    jobs[i].latest.text = table[i].text;
    jobs[i].latest.awaits_data = table[i].awaits_data;
  }
}

void statistics::add(const source_report& report) {
  messages_received_ += report.messages;
  received_.total += report.events;
  messages_dropped_ += report.dropped_messages;
  events_dropped_ += report.dropped_events;
  for (const auto& [reason, n] : report.rejected)
    rejected_[reason] += n;
  awaits_ = report.awaits;
  silent_ = report.silent;
  no_data_seconds_ = report.no_data_seconds;
  commands_refused_ += report.commands_refused;
  books_difference_ = report.books_difference;
}

void statistics::add(const handover_report& report) {
  results_ += report.results;
  results_failed_ += report.failed;
  service(report.service).lag_seconds = report.lag_seconds;
  lag_.add(report.lag_seconds);
  recent_lag_.add(report.lag_seconds);
}

run_report statistics::snapshot(timestamp now, const process_usage& usage) {
  if (now < base_) {
    begin_ = begin_ + (now - base_);
    base_ = now;
  }
  cpu_seconds_.total = usage.cpu_seconds;
  take_rates(now);
  recent_lag_.pass(now);

  run_report r;
  r.elapsed_seconds = (now - begin_).seconds();
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const auto& s = services_[i];
    r.lag_seconds = i == 0 ? s.lag_seconds : std::max(r.lag_seconds, s.lag_seconds);
    for (const auto& j : s.jobs) {
      const auto silent = std::ranges::find(silent_, j.latest.label->source, &silent_stream::stream);
      r.jobs.push_back({j.latest.label, j.latest.state, j.latest.text, j.latest.awaits_data, j.events.total,
                        j.events.rate, j.seconds, j.processing.get(), s.lag_seconds,
                        silent == silent_.end() ? std::nullopt : std::optional(silent->seconds)});
      if (j.latest.state == job_state::active) ++r.jobs_active;
    }
  }
  r.batches = batches_;
  r.books_difference = books_difference_;
  for (const auto& s : services_)
    r.books_difference += s.books_difference;
  // What a service tells of a batch may come before what the source tells of its messages.
  r.events_received = std::max(received_.total, processed_.total);
  r.events_processed = processed_.total;
  r.messages_received = messages_received_;
  r.messages_dropped = messages_dropped_;
  r.events_dropped = events_dropped_;
  r.rejected = rejected_;
  r.awaits = awaits_;
  r.silent = silent_;
  r.no_data_seconds = no_data_seconds_;
  r.commands_refused = commands_refused_;
  r.results = results_;
  r.results_failed = results_failed_;
  r.received_per_second = received_.rate;
  r.events_per_second = processed_.rate;
  r.lag = lag_.get();
  r.recent_lag = recent_lag_.get();
  r.batch = batch_.get();
  r.batch_seconds = batch_seconds_;
  r.cpu_seconds = usage.cpu_seconds;
  r.cpu_share = cpu_seconds_.rate;
  r.rss_bytes = usage.rss_bytes;
  r.max_rss_bytes = usage.max_rss_bytes;
  return r;
}

void statistics::take_rates(timestamp now) {
  auto span = now - base_;
  auto enough = span >= shortest_rate_span;
  if (span.ns <= 0 || (has_rates_ && !enough)) return;
  auto take = [&](auto& count) {
    count.take_rate(span.seconds());
    if (enough) count.mark();
  };
  take(received_);
  take(processed_);
  take(cpu_seconds_);
  for (auto& s : services_)
    for (auto& j : s.jobs)
      take(j.events);
  if (!enough) return;
  base_ = now;
  has_rates_ = true;
}

} // namespace livedata
