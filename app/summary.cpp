#include "app/summary.hpp"

#include "actors/publisher/whole_file.hpp"

#include <span>
#include <string>

namespace livedata {

namespace {

json profile(const run_profile& p) {
  auto phases = json::object();
  for (std::size_t i = 0; i < phase_count; ++i)
    phases[phase_names[i]] = p.phases.seconds[i];
  phases["other"] = p.other();
  phases["idle"] = p.idle();
  return {{"wall_s", p.wall_seconds},
          {"processors", p.processors},
          {"cpu_s", p.cpu_seconds},
          {"phases_s", std::move(phases)}};
}

} // namespace

json summary(const run_report& report, int job_threads) {
  auto jobs = json::array();
  for (const auto& j : report.jobs)
    jobs.push_back({{"workflow", j.label->workflow},
                    {"source", j.label->source},
                    {"state", to_string(j.state)},
                    {"events", j.events},
                    {"processing_p50_s", j.processing.p50},
                    {"processing_p99_s", j.processing.p99}});
  return {{"duration_s", report.elapsed_seconds},
          {"job_threads", job_threads},
          {"jobs_active", report.jobs_active},
          {"events_received", report.events_received},
          {"events_processed", report.events_processed},
          {"events_dropped", report.events_dropped},
          {"batches", report.batches},
          {"lag_p50_s", report.lag.p50},
          {"lag_p99_s", report.lag.p99},
          {"lag_max_s", report.lag.max},
          {"batch_p50_s", report.batch.p50},
          {"batch_p99_s", report.batch.p99},
          {"batch_total_s", report.batch_seconds},
          {"cpu_s", report.cpu_seconds},
          {"max_rss_bytes", report.max_rss_bytes},
          {"profile", profile(report.profile)},
          {"jobs", std::move(jobs)}};
}

status write_summary(const std::filesystem::path& path, const json& content) {
  auto text = content.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return write_whole_file(path, std::as_bytes(std::span<const char>(text)));
}

} // namespace livedata
