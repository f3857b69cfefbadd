#include "actors/reporter/statistics.hpp"

#include <algorithm>

namespace livedata {

namespace {

// Over less time than this a rate is mere noise.
constexpr duration shortest_rate_span{250'000'000};

} // namespace

statistics::statistics(timestamp begin, const process_usage& usage) : begin_(begin), last_(begin), earlier_(begin) {
  cpu_seconds_ = {usage.cpu_seconds, usage.cpu_seconds, usage.cpu_seconds};
}

statistics::service_record& statistics::service(const std::string& name) {
  auto i = std::find_if(services_.begin(), services_.end(), [&](const auto& s) { return s.name == name; });
  if (i != services_.end()) return *i;
  services_.push_back({name, {}, 0});
  return services_.back();
}

void statistics::add(const batch_report& report) {
  ++batches_;
  processed_.total += report.events;
  if (report.had_work) batch_.add(report.fan_out_seconds);

  auto& old_jobs = service(report.service).jobs;
  std::vector<job_record> jobs;
  jobs.reserve(report.jobs.size());
  for (const auto& j : report.jobs) {
    auto known = [&](const job_record& r) { return r.latest.label && r.latest.label->id == j.label->id; };
    // Tables hardly ever change: look first where the job was.
    auto place = old_jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), old_jobs.size()));
    auto old = std::find_if(place, old_jobs.end(), known);
    if (old == old_jobs.end()) old = std::find_if(old_jobs.begin(), place, known);
    auto& job = old != old_jobs.end() && known(*old) ? jobs.emplace_back(std::move(*old)) : jobs.emplace_back();
    job.latest = j;
    if (!j.worked) continue;
    job.events.total += j.events;
    job.seconds = j.seconds;
    job.processing.add(j.seconds);
  }
  old_jobs = std::move(jobs);
}

void statistics::add(const source_report& report) {
  messages_received_ += report.messages;
  received_.total += report.events;
  messages_dropped_ += report.dropped_messages;
  events_dropped_ += report.dropped_events;
  for (const auto& [reason, n] : report.rejected)
    rejected_[reason] += n;
}

void statistics::add(const handover_report& report) {
  results_ += report.results;
  results_failed_ += report.failed;
  service(report.service).lag_seconds = report.lag_seconds;
  lag_.add(report.lag_seconds);
}

run_report statistics::snapshot(timestamp now, const process_usage& usage) {
  if (now < last_) {
    begin_ = begin_ + (now - last_);
    earlier_ = earlier_ + (now - last_);
    last_ = now;
  }
  cpu_seconds_.total = usage.cpu_seconds;
  auto since_last = now - last_ >= shortest_rate_span;
  auto span = (now - (since_last ? last_ : earlier_)).seconds();
  auto rate = [&](const auto& count) {
    return span <= 0 ? 0.0 : static_cast<double>(count.total - (since_last ? count.at_last : count.at_earlier)) / span;
  };

  run_report r;
  r.elapsed_seconds = (now - begin_).seconds();
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const auto& s = services_[i];
    r.lag_seconds = i == 0 ? s.lag_seconds : std::max(r.lag_seconds, s.lag_seconds);
    for (const auto& j : s.jobs) {
      r.jobs.push_back({j.latest.label, j.latest.state, j.latest.text, j.events.total, rate(j.events), j.seconds,
                        j.processing.get(), s.lag_seconds});
      if (j.latest.state == job_state::active) ++r.jobs_active;
    }
  }
  r.batches = batches_;
  r.events_received = received_.total;
  r.events_processed = processed_.total;
  r.messages_received = messages_received_;
  r.messages_dropped = messages_dropped_;
  r.events_dropped = events_dropped_;
  r.rejected = rejected_;
  r.results = results_;
  r.results_failed = results_failed_;
  r.received_per_second = rate(received_);
  r.events_per_second = rate(processed_);
  r.lag = lag_.get();
  r.batch = batch_.get();
  r.cpu_seconds = usage.cpu_seconds;
  r.cpu_share = rate(cpu_seconds_);
  r.rss_bytes = usage.rss_bytes;
  r.max_rss_bytes = usage.max_rss_bytes;
  if (since_last) move_rate_base(now);
  return r;
}

void statistics::move_rate_base(timestamp now) {
  earlier_ = last_;
  last_ = now;
  received_.mark();
  processed_.mark();
  cpu_seconds_.mark();
  for (auto& s : services_)
    for (auto& j : s.jobs)
      j.events.mark();
}

} // namespace livedata
