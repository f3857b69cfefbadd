#include "actors/view/terminal/report_line.hpp"

#include "actors/view/terminal/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

namespace {

// A pipe's reader should be able to split at spaces.
template <class T>
std::string word(T value) {
  auto text = si(value);
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

} // namespace

const job_line* first_trouble(const run_report& report) {
  for (auto state : {job_state::error, job_state::warning, job_state::waiting})
    for (const auto& j : report.jobs)
      if (j.state == state) return &j;
  return nullptr;
}

std::string describe_trouble(const job_line& job) {
  auto text = one_line(job.text);
  return fmt::format("{} {}: {}", one_line(job.label->workflow), one_line(job.label->source),
                     text.empty() ? std::string(to_string(job.state)) : text);
}

std::string render_line(const run_report& r) {
  auto line = fmt::format(
    "elapsed={:.1f}s jobs_active={}/{} received={}/s processed={}/s events={} batches={} results={} batch={}ms "
    "lag={} lag_{}min_p99={}s lag_{}min_max={}s cpu={:.0f}% memory={}B",
    r.elapsed_seconds, r.jobs_active, r.jobs.size(), word(r.received_per_second), word(r.events_per_second),
    word(r.events_processed), r.batches, r.results, digits(r.batch.p50 * 1e3),
    r.no_data_seconds ? std::string("none") : digits(r.lag_seconds) + "s", recent_minutes, digits(r.recent_lag.p99),
    recent_minutes, digits(r.recent_lag.max), r.cpu_share * 100, word(r.rss_bytes));
  if (r.no_data_seconds) line += fmt::format(" NO_DATA={:.0f}s", *r.no_data_seconds);
  for (auto state : {job_state::scheduled, job_state::pending_context})
    if (auto n = std::ranges::count(r.jobs, state, &job_line::state); n > 0)
      line += fmt::format(" jobs_{}={}", to_string(state), n);
  if (!r.no_data_seconds)
    for (const auto& s : r.silent)
      line += fmt::format(" SILENT_{}={:.0f}s", one_line(s.stream), s.seconds);
  if (r.commands_refused > 0) line += fmt::format(" commands_refused={}", r.commands_refused);
  if (r.messages_dropped > 0)
    line += fmt::format(" DROPPED_messages={} DROPPED_events={}", r.messages_dropped, r.events_dropped);
  for (const auto& [reason, n] : r.rejected)
    if (n > 0) line += fmt::format(" REJECTED_{}={}", one_line(reason), n);
  if (!r.awaits.empty()) line += fmt::format(" AWAITS=\"{}\"", one_line(r.awaits));
  if (r.results_failed > 0) line += fmt::format(" FAILED_results={}", r.results_failed);
  if (const auto* job = first_trouble(r))
    line += fmt::format(" {}=\"{}\"", to_string(job->state), describe_trouble(*job));
  return line;
}

} // namespace livedata
