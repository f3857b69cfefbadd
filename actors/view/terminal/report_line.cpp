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
    "lag={}s lag_p99={}s lag_max={}s cpu={:.0f}% memory={}B",
    r.elapsed_seconds, r.jobs_active, r.jobs.size(), word(r.received_per_second), word(r.events_per_second),
    word(r.events_processed), r.batches, r.results, digits(r.batch.p50 * 1e3), digits(r.lag_seconds), digits(r.lag.p99),
    digits(r.lag.max), r.cpu_share * 100, word(r.rss_bytes));
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
