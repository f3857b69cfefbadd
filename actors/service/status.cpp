#include "actors/service/status.hpp"

#include <utility>

namespace livedata {

std::vector<outgoing_message> service_status::regular(const job_table& jobs, duration batch_length) {
  if (ended_) return {};
  auto service = identity_;
  service.state = service_state::running;
  service.batch_interval_seconds = batch_length.seconds();
  service.stream_stats = std::exchange(statistics_, std::nullopt);
  return write(jobs, std::move(service), false);
}

std::vector<outgoing_message> service_status::last(const job_table& jobs, duration batch_length,
                                                   const std::optional<std::string>& error) {
  if (std::exchange(ended_, true)) return {};
  auto service = identity_;
  service.state = error ? service_state::error : service_state::stopped;
  service.error = error;
  service.batch_interval_seconds = batch_length.seconds();
  return write(jobs, std::move(service), true);
}

std::vector<outgoing_message> service_status::write(const job_table& jobs, service_heartbeat service, bool stopped) {
  if (!writer_) return {};
  std::vector<outgoing_message> out;
  for (const auto& j : jobs.jobs()) {
    auto heartbeat = j.heartbeat();
    if (stopped) heartbeat.state = job_state::stopped;
    out.push_back({channel::heartbeat, to_string(j.id), writer_.job(heartbeat)});
  }
  service.active_job_count = jobs.jobs().size();
  out.push_back({channel::heartbeat, name_, writer_.service(service)});
  return out;
}

} // namespace livedata
