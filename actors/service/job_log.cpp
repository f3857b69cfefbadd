#include "actors/service/job_log.hpp"

#include <spdlog/spdlog.h>

namespace livedata {

void log_phases(const job_table::preparation& prepared) {
  for (const auto& id : prepared.resets)
    spdlog::info("job_reset job={} reason=run_transition", to_string(id));
  for (const auto& id : prepared.waiting)
    spdlog::info("job_pending_context job={}", to_string(id));
  for (const auto& id : prepared.activated)
    spdlog::info("job_activated job={}", to_string(id));
}

void log_failures(const job_id& id, const job_reply& reply) {
  if (reply.context == step::failed) spdlog::warn("job_warning job={} text={}", to_string(id), reply.context_error);
  if (reply.push == step::failed) spdlog::warn("job_warning job={} text={}", to_string(id), reply.push_error);
  if (reply.finalize == step::failed) spdlog::error("job_error job={} text={}", to_string(id), reply.finalize_error);
  if (!reply.absent_outputs.empty()) spdlog::warn("job_warning job={} text={}", to_string(id), reply.absent_outputs);
  for (const auto& note : reply.notes)
    spdlog::warn("job_note job={} text=\"{}\"", to_string(id), note);
  if (reply.start_set_back)
    spdlog::warn("job_start_time_relatched job={} start_time={} end_time={}", to_string(id), reply.start->ns,
                 reply.end->ns);
}

} // namespace livedata
