#include "actors/view/http/latest_results.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace livedata {

void latest_results::on_change(std::function<void()> listener) {
  const std::scoped_lock lock(mutex_);
  listener_ = std::move(listener);
}

// Called without the lock.
void latest_results::changed() {
  std::function<void()> listener;
  {
    const std::scoped_lock lock(mutex_);
    ++revision_;
    listener = listener_;
  }
  if (listener) listener();
}

// What is to be kept of the results: read before anything is locked.
std::vector<latest_results::series_part> latest_results::series_parts(const result_set& results) {
  std::vector<series_part> out;
  for (const auto& r : results.results)
    for (const auto& o : r->outputs) {
      const auto [known, first] = known_series_.try_emplace({r->workflow, o.name}, false);
      if (first) {
        const auto outline = da00::read_outline(o.message->bytes());
        known->second = outline && is_series(*outline);
      }
      if (!known->second) continue;
      if (auto read = da00::read(o.message->bytes())) out.push_back({r->job, o.name, std::move(*read)});
    }
  return out;
}

void latest_results::keep_samples(const std::vector<series_part>& parts) {
  std::size_t count = 1;
  for (const auto& [job, outputs] : series_)
    count += outputs.size();
  const auto most = std::min(most_samples, most_samples_together / count);
  for (const auto& p : parts)
    series_[p.job][p.output].add(p.samples, jobs_[p.job].sequence, most);
}

void latest_results::take(const result_set& results, timestamp now) {
  const auto parts = series_parts(results);
  // What is replaced is freed after the lock.
  std::vector<std::shared_ptr<const job_result>> former;
  former.reserve(results.results.size());
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& r : results.results) {
      auto& job = jobs_[r->job];
      job.id = r->job;
      job.service = results.service;
      job.workflow = r->workflow;
      job.sequence = ++sequence_;
      job.published = now;
      former.push_back(std::exchange(job.result, r));
    }
    keep_samples(parts);
  }
  changed();
}

void latest_results::take_jobs(const std::string& service, std::span<const job_heartbeat> jobs) {
  std::vector<viewed_job> former;
  {
    const std::scoped_lock lock(mutex_);
    for (auto i = jobs_.begin(); i != jobs_.end();) {
      const auto is_it = [&](const job_heartbeat& h) { return h.job == i->first; };
      if (i->second.service != service || std::ranges::any_of(jobs, is_it)) {
        ++i;
        continue;
      }
      wishes_.erase(i->first);
      series_.erase(i->first);
      former.push_back(std::move(i->second));
      i = jobs_.erase(i);
    }
    for (const auto& h : jobs) {
      auto& job = jobs_[h.job];
      // Another workflow under the same number is another job.
      if (job.result && job.workflow != h.workflow) {
        former.push_back(job);
        job.result.reset();
        series_.erase(h.job);
      }
      job.id = h.job;
      job.service = service;
      job.workflow = h.workflow;
      job.status = h;
    }
  }
  changed();
}

void latest_results::take_services(std::span<const std::string> names) {
  std::set<std::string> gone;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, job] : jobs_)
      if (std::ranges::find(names, job.service) == names.end()) gone.insert(job.service);
  }
  for (const auto& name : gone)
    take_jobs(name, {});
}

void latest_results::forget_oldest_wish() {
  wishes_.erase(std::ranges::min_element(wishes_, {}, [](const auto& w) { return w.second.number; }));
}

void latest_results::take_wish(const job_id& id, job_wish wish) {
  const std::scoped_lock lock(mutex_);
  if (!wishes_.contains(id) && wishes_.size() >= most_wishes) forget_oldest_wish();
  wishes_[id] = {std::make_shared<const job_wish>(std::move(wish)), ++wish_number_};
}

void latest_results::note_history(const run_report& report, timestamp now) {
  const auto seconds = history_.empty() ? report.elapsed_seconds : (now - history_.back().time).seconds();
  if (!history_.empty() && seconds < history_interval.seconds()) return;
  const auto rate = [&](std::uint64_t total, std::uint64_t& then) {
    const auto more = total - std::min(then, total);
    then = total;
    return seconds > 0 ? static_cast<double>(more) / seconds : 0.0;
  };
  constexpr auto none = std::numeric_limits<double>::quiet_NaN();
  const bool any = report.results > 0;
  history_.push_back({now, any ? report.recent_lag.p50 : none, any ? report.recent_lag.p99 : none,
                      rate(report.events_processed, events_then_), rate(report.messages_received, messages_then_)});
  if (history_.size() > most_history) history_.pop_front();
}

void latest_results::take(std::shared_ptr<const run_report> report, timestamp now) {
  {
    const std::scoped_lock lock(mutex_);
    const auto* former = report_.report.get();
    const auto messages = report->messages_received - (former ? former->messages_received : 0);
    const auto seconds = former ? (now - report_.came).seconds() : report->elapsed_seconds;
    // The last report of a run may come right after the one before.
    if (seconds > 0.1) report_.messages_per_s = static_cast<double>(messages) / seconds;
    if (report->results_failed > (former ? former->results_failed : 0)) report_.last_failure = now;
    report_.came = now;
    note_history(*report, now);
    report_.report = std::move(report);
  }
  changed();
}

void latest_results::take(const viewed_run& run) {
  {
    const std::scoped_lock lock(mutex_);
    report_.run = run;
  }
  changed();
}

void latest_results::take_stop(timestamp stop) {
  {
    const std::scoped_lock lock(mutex_);
    if (report_.run) report_.run->stop = stop;
  }
  changed();
}

std::vector<viewed_job> latest_results::jobs() const {
  const std::scoped_lock lock(mutex_);
  std::vector<viewed_job> out;
  out.reserve(jobs_.size());
  for (const auto& [id, job] : jobs_) {
    out.push_back(job);
    if (auto w = wishes_.find(id); w != wishes_.end()) out.back().wish = w->second.wish;
  }
  return out;
}

std::optional<viewed_job> latest_results::job(const job_id& id) const {
  const std::scoped_lock lock(mutex_);
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return std::nullopt;
  auto out = at->second;
  if (auto w = wishes_.find(id); w != wishes_.end()) out.wish = w->second.wish;
  return out;
}

std::optional<viewed_output> latest_results::output(const job_id& id, std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto at = jobs_.find(id);
  if (at == jobs_.end() || !at->second.result) return std::nullopt;
  for (const auto& o : at->second.result->outputs)
    if (o.name == name) return viewed_output{o.message, at->second.result->end, at->second.sequence};
  return std::nullopt;
}

std::optional<da00::message> latest_results::series(const job_id& id, std::string_view name,
                                                    std::uint64_t after) const {
  const std::scoped_lock lock(mutex_);
  const auto job = series_.find(id);
  if (job == series_.end()) return std::nullopt;
  const auto at = job->second.find(name);
  return at == job->second.end() ? std::nullopt : at->second.after(after);
}

viewed_report latest_results::report() const {
  const std::scoped_lock lock(mutex_);
  return report_;
}

std::vector<history_point> latest_results::history() const {
  const std::scoped_lock lock(mutex_);
  return {history_.begin(), history_.end()};
}

std::uint64_t latest_results::revision() const {
  const std::scoped_lock lock(mutex_);
  return revision_;
}

} // namespace livedata
