#include "actors/service/job_log.hpp"

#include "messages/log_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>
#include <spdlog/spdlog.h>
#include <string_view>
#include <vector>

namespace livedata {

namespace {

// More jobs than these have one line together.
constexpr std::size_t most_lines = 2;

std::string sources_of(const std::vector<job_id>& jobs) {
  std::set<std::string> names;
  for (const auto& id : jobs)
    names.insert(id.source_name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// "job_activated" for each, or "jobs_activated" for all.
void log_change(const std::string& service, std::string_view what, const std::vector<job_id>& jobs,
                std::optional<log_word> reason = {}) {
  const bool many = jobs.size() > most_lines;
  for (const auto& id : jobs)
    spdlog::log(many ? spdlog::level::debug : spdlog::level::info,
                log_line(fmt::format("job_{}", what), {{"job", to_string(id)}, {"reason", reason}}));
  if (many)
    spdlog::info(log_line(
      fmt::format("jobs_{}", what),
      {{"service", log_word{service}}, {"jobs", jobs.size()}, {"sources", sources_of(jobs)}, {"reason", reason}}));
}

} // namespace

void log_scheduled(const std::string& service, const job_table& table) {
  if (table.jobs().empty()) return;
  std::map<std::string, std::size_t> workflows;
  for (const auto& j : table.jobs())
    ++workflows[j.workflow.name];
  std::string names;
  for (const auto& [name, n] : workflows)
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", name, n);
  spdlog::info(
    log_line("jobs_scheduled", {{"service", log_word{service}}, {"jobs", table.jobs().size()}, {"workflows", names}}));
}

void log_phases(const std::string& service, const job_table::preparation& prepared) {
  log_change(service, "reset", prepared.resets, log_word{"run_transition"});
  log_change(service, "pending_context", prepared.waiting);
  log_change(service, "activated", prepared.activated);
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
