#include "actors/service/job_log.hpp"

#include "messages/log_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <spdlog/spdlog.h>

namespace livedata {

void log_phases(const job_table::preparation& prepared) {
  for (const auto& id : prepared.resets)
    spdlog::info(log_line("job_reset", {{"job", to_string(id)}, {"reason", log_word{"run_transition"}}}));
  for (const auto& id : prepared.waiting)
    spdlog::info(log_line("job_pending_context", {{"job", to_string(id)}}));
  for (const auto& id : prepared.activated)
    spdlog::info(log_line("job_activated", {{"job", to_string(id)}}));
}

void log_waiting(const std::string& service, const job_table& table) {
  std::size_t jobs = 0;
  std::set<std::string> streams;
  for (const auto& j : table.jobs())
    if (j.awaits_data()) {
      ++jobs;
      streams.insert(j.id.source_name);
    }
  if (jobs == 0) return;
  spdlog::warn(log_line(
    "jobs_wait_for_data",
    {{"service", log_word{service}}, {"jobs", jobs}, {"streams", fmt::format("{}", fmt::join(streams, ", "))}}));
}

void failure_log::log(const job_id& id, const job_reply& reply, log_limit::clock::time_point now) {
  auto say = [&](spdlog::level::level_enum level, std::string_view what, const std::string& key,
                 const std::string& text) {
    if (auto left_out = limit_.admit(fmt::format("{} {} {}", what, key, to_string(id)), now))
      spdlog::log(level, log_line(what, {{"job", to_string(id)}, {"text", text}, left_out_field(*left_out)}));
  };
  using enum spdlog::level::level_enum;
  if (reply.context == step::failed) say(warn, "job_warning", "context", reply.context_error);
  if (reply.push == step::failed) say(warn, "job_warning", "accumulate", reply.push_error);
  if (reply.finalize == step::failed) say(err, "job_error", "finalize", reply.finalize_error);
  if (!reply.absent_outputs.empty()) say(warn, "job_warning", "outputs", reply.absent_outputs);
  for (const auto& note : reply.notes)
    say(warn, "job_note", "", note);
  if (reply.start_set_back)
    say(warn, "job_start_time_relatched", "", fmt::format("start_time={} end_time={}", reply.start->ns, reply.end->ns));
}

} // namespace livedata
