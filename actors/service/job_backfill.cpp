#include "actors/service/job_backfill.hpp"

#include "actors/archive_fields.hpp"
#include "actors/source/route_table.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

// Runs that are remembered for jobs that read the past.
constexpr std::size_t most_transitions = 1000;
// What a job had not been given when it was saved is not older than that: messages that waited for their batch, or came
// late.
constexpr duration longest_wait{5'000'000'000};

// The series of such a source is kept by the service, so that a job has its past at once.
bool is_remembered(const instrument& inst, const std::string& stream) {
  auto is_it = [&](const auto& x) { return x.name == stream; };
  return std::ranges::any_of(inst.logs, is_it) || std::ranges::any_of(inst.devices, is_it) ||
         std::ranges::any_of(inst.choppers, [&](const auto& c) { return stream.starts_with(c + "/"); });
}

} // namespace

job_backfill::job_backfill(coordinator_actor::pointer self, const coordinator_settings& settings, job_table& table,
                           context_lookup latest, catch_up::listener l)
  : settings_(settings), table_(table), arrivals_(settings.past.base), windows_(settings.batch_length),
    catch_up_(
      self, settings.past.limits, settings.past.spawn, std::move(latest), [this] { return arrivals_.cut(); },
      std::move(l)) {}

void job_backfill::came(std::span<const stream_message> messages) {
  if (settings_.past) arrivals_.came(messages);
}

std::vector<job_id> job_backfill::begins(const message_batch& batch) {
  std::vector<job_id> late;
  // Results that were held back, and no data.
  if (batch.messages.empty() && batch.end <= batch.start) return late;
  auto first = windows_.empty();
  if (settings_.past)
    windows_.add(batch);
  else
    windows_.add(batch_window{batch.start, batch.end});
  if (!settings_.past) return late;
  // Before the first batch nobody knows what is past.
  if (first && !windows_.empty())
    for (const auto& j : table_.jobs())
      if (j.schedule.start && *j.schedule.start <= batch.start - settings_.batch_length &&
          !is_remembered(*settings_.inst, j.id.source_name))
        late.push_back(j.id);
  return late;
}

void job_backfill::left(const message_batch& batch) {
  if (settings_.past) arrivals_.left(batch);
}

void job_backfill::given(const batch_data& batch) {
  if (catch_up_.empty()) return;
  catch_up_.wait_behind(batch, [this](const job_id& id) {
    const auto* j = table_.find(id);
    return j != nullptr && j->paused;
  });
}

bool job_backfill::is_due(const job_id& id, timestamp start) {
  if (windows_.empty() || start > windows_.last().start || is_remembered(*settings_.inst, id.source_name)) return false;
  if (settings_.past) return true;
  failed(id, "this source cannot be read again");
  return false;
}

backfill_request job_backfill::request_for(const job_entry& job, timestamp from) const {
  backfill_request request;
  request.from = from;
  request.data_streams = job.needs.auxiliary;
  request.data_streams.push_back(job.id.source_name);
  request.context_streams = job.needs.gating;
  request.context_streams.insert(request.context_streams.end(), job.needs.context.begin(), job.needs.context.end());
  for (auto* streams : {&request.data_streams, &request.context_streams})
    *streams = streams_from_outside(*settings_.inst, *streams);
  return request;
}

void job_backfill::begin(const job_id& id, std::unique_ptr<backfill_run> run, backfill_request request,
                         job_actor worker) {
  spdlog::info(log_line("job_catches_up", {{"job", to_string(id)},
                                           {"from", log_word{to_string(request.from)}},
                                           {"to", log_word{to_string(windows_.last().end)}}}));
  catch_up_.begin(id, std::move(run), std::move(request), std::move(worker));
}

void job_backfill::begin(const job_id& id, job_actor worker) {
  const auto* entry = table_.find(id);
  auto run =
    std::make_unique<backfill_run>(*entry, *settings_.inst, settings_.service, windows_, arrivals_.cut(), transitions_);
  begin(id, std::move(run), request_for(*entry, *entry->schedule.start), std::move(worker));
}

std::optional<saved_progress> job_backfill::progress_of(const job_record& job) const {
  if (!settings_.past || is_remembered(*settings_.inst, job.id.source_name)) return std::nullopt;
  const auto until = windows_.empty() ? std::nullopt : std::optional(windows_.last().end);
  return saved_progress{job, {}, arrivals_.cut(), until};
}

bool job_backfill::begin_again(const saved_progress& from, job_actor worker) {
  if (windows_.empty()) return false;
  auto run =
    std::make_unique<backfill_run>(from, *settings_.inst, settings_.service, windows_, arrivals_.cut(), transitions_);
  begin(from.record.id, std::move(run),
        request_for(from.record, from.until.value_or(windows_.first().start) - longest_wait), std::move(worker));
  return true;
}

void job_backfill::expect_run_transition(timestamp t) {
  catch_up_.expect_run_transition(t);
  transitions_.push_back(t);
  if (transitions_.size() > most_transitions) transitions_.erase(transitions_.begin());
}

void job_backfill::state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes) {
  fields::group(a, "windows", [&](archive& inner) { windows_.state(inner, lanes); });
  a.field("transitions", transitions_);
}

void job_backfill::forget_run_transition(timestamp t) {
  catch_up_.forget_run_transition(t);
  if (const auto known = std::ranges::find(transitions_, t); known != transitions_.end()) transitions_.erase(known);
}

void job_backfill::failed(const job_id& id, const std::string& why) {
  const auto* j = table_.find(id);
  if (j == nullptr) return;
  const auto text = j->schedule.start ? fmt::format("Began late: the data from {} on are not in it, because {}.",
                                                    to_string(*j->schedule.start), why)
                                      : fmt::format("Began anew: the data from before are not in it, because {}.", why);
  spdlog::warn(log_line("job_without_past", {{"job", to_string(id)}, {"text", text}}));
  table_.has_no_past(id, text);
}

} // namespace livedata
