#include "actors/view/http/health.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

namespace {

std::string whole_seconds(duration d) {
  return fmt::format("{:.0f} s", d.seconds());
}

void check_source(const health_input& in, health& out) {
  const auto& report = *in.report.report;
  if (!report.awaits.empty()) out.reasons.push_back({"broker_away", report.awaits});
  if (!in.live_source || !report.awaits.empty()) return;
  if (report.no_data_seconds) {
    const auto text = fmt::format("NO DATA for {:.0f} s", *report.no_data_seconds);
    out.reasons.push_back({"source_silent", report.messages_received > 0 ? text : text + ", since the start"});
    return;
  }
  for (const auto& s : report.silent)
    out.warnings.push_back(fmt::format("source {} has been silent for {:.0f} s", s.stream, s.seconds));
}

void check_jobs(const health_input& in, health& out) {
  for (const auto& job : in.jobs) {
    if (!job.status) continue;
    if (job.status->state == job_state::error)
      out.reasons.push_back({"job_in_error", fmt::format("job {} of {} is in error: {}", to_string(job.workflow),
                                                         job.id.source_name, job.status->error.value_or(""))});
    else if (job.status->state == job_state::warning)
      out.warnings.push_back(fmt::format("job {} of {} warns: {}", to_string(job.workflow), job.id.source_name,
                                         job.status->warning.value_or("")));
  }
}

void check_publisher(const health_input& in, health& out) {
  if (in.producer_trouble) out.reasons.push_back({"publisher_failing", *in.producer_trouble});
  if (in.report.last_failure && in.now - *in.report.last_failure <= failure_is_over)
    out.reasons.push_back({"publisher_failing", fmt::format("{} results could not be handed over, the last {} ago",
                                                            in.report.report->results_failed,
                                                            whole_seconds(in.now - *in.report.last_failure))});
}

void warn_of_losses(const run_report& report, health& out) {
  if (report.events_dropped > 0 || report.messages_dropped > 0)
    out.warnings.push_back(fmt::format("{} messages with {} events were dropped since the start",
                                       report.messages_dropped, report.events_dropped));
  if (report.books_difference.messages != 0 || report.books_difference.events != 0)
    out.warnings.push_back("the books of messages and events do not agree: an error of the program");
}

} // namespace

health decide_health(const health_input& in) {
  health out;
  if (!in.running) {
    out.reasons.push_back({"starting", "workflows are being built; no data flows yet"});
    return out;
  }
  const auto last = in.report.report ? in.report.came : in.started;
  if (in.now - last > longest_without_report) {
    out.live = false;
    out.reasons.push_back(
      {"no_report", fmt::format("no report for {}: the process hangs", whole_seconds(in.now - last))});
  }
  check_jobs(in, out);
  if (!in.report.report) return out;
  check_source(in, out);
  check_publisher(in, out);
  warn_of_losses(*in.report.report, out);
  return out;
}

json to_json(const health& h) {
  auto reasons = json::array();
  for (const auto& r : h.reasons)
    reasons.push_back({{"what", r.what}, {"text", r.text}});
  return {{"live", h.live}, {"ready", h.ready()}, {"reasons", std::move(reasons)}, {"warnings", h.warnings}};
}

} // namespace livedata
