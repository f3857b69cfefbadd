#include "actors/job/job_table.hpp"

#include "actors/archive_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace livedata {

namespace {

constexpr std::string_view paused_text = "Paused: takes no data until it is resumed.";

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::optional<stream_value> value_in(const batch_data& batch, const std::string& stream) {
  auto i = batch.streams.find(stream);
  return i == batch.streams.end() ? std::nullopt : std::optional(i->second);
}

// Sorted, without the values that are there.
std::vector<std::string> missing_context(const job_record& j, const batch_data* batch, const context_lookup& latest) {
  std::vector<std::string> missing;
  for (const auto& stream : j.needs.gating)
    if (!(batch != nullptr && batch->streams.contains(stream)) && !latest(stream)) missing.push_back(stream);
  std::sort(missing.begin(), missing.end());
  return missing;
}

std::string waiting_text(const std::vector<std::string>& missing) {
  return missing.empty() ? std::string{} : fmt::format("Waiting for context streams: {}", fmt::join(missing, ", "));
}

} // namespace

job_state job_record::state() const noexcept {
  if (finishing) return job_state::finishing;
  if (!catching_up.empty()) return error.empty() ? job_state::warning : job_state::error;
  if (current == phase::scheduled && !lost) return job_state::scheduled;
  if (current == phase::pending_context && !lost) return job_state::pending_context;
  if (!error.empty()) return job_state::error;
  if (!warning.empty() || !refused_context.empty() || !behind.empty() || !missing.empty() || !died.empty() || paused)
    return job_state::warning;
  return waits_for.empty() ? job_state::active : job_state::waiting;
}

std::string job_record::warning_text() const {
  std::string text(paused ? paused_text : std::string_view{});
  if (!waits_for.empty()) text += fmt::format("{}Waits for {}.", text.empty() ? "" : "\n", fmt::join(waits_for, ", "));
  for (const auto* more : {&catching_up, &behind, &missing, &died, &warning, &refused_context})
    if (!more->empty() && *more != error) text += (text.empty() ? "" : "\n") + *more;
  return text;
}

std::string job_record::awaited_text() const {
  auto text = "waits for " + id.source_name;
  if (current == phase::scheduled && schedule.start) text += fmt::format(", from {} on", to_string(*schedule.start));
  return text;
}

job_heartbeat job_record::heartbeat() const {
  auto text = [](std::string s) { return s.empty() ? std::nullopt : std::optional(std::move(s)); };
  return {id, workflow, state(), text(warning_text()), text(error), start, end};
}

job_record* job_table::record(const job_id& id) {
  return const_cast<job_record*>(find(id));
}

const job_record* job_table::find(const job_id& id) const {
  auto i = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.id == id; });
  return i == jobs_.end() ? nullptr : &*i;
}

void job_record::state(archive& a) {
  fields::word(a, "phase", current, phase::active);
  a.field("finishing", finishing);
  a.field("paused", paused);
  a.field("pending", pending);
  a.field("missing", missing);
  a.field("died", died);
  a.field("context_due", context_due);
  a.field("error", error);
  a.field("warning", warning);
  a.field("waits_for", waits_for);
  a.field("refused_context", refused_context);
  a.field("start", start);
  a.field("end", end);
}

void job_table::state(archive& a) {
  a.field("transitions", transitions_);
}

void job_table::add(job_entry entry) {
  put(job_record(std::move(entry)));
}

void job_table::put(job_record fresh) {
  ++revision_;
  if (auto* old = record(fresh.id)) {
    *old = std::move(fresh);
    return;
  }
  auto place = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.order > fresh.order; });
  jobs_.insert(place, std::move(fresh));
}

bool job_table::remove(const job_id& id) {
  const auto gone = std::erase_if(jobs_, [&](const auto& j) { return j.id == id; }) > 0;
  if (gone) ++revision_;
  return gone;
}

job_table::answer job_table::reset(const job_id& id, const context_lookup& latest) {
  auto* j = record(id);
  if (j == nullptr) return answer::unknown;
  if (!j->supports_reset) return answer::refused;
  reset(*j, latest);
  return answer::done;
}

void job_table::reset(job_record& j, const context_lookup& latest) {
  j.start.reset();
  j.end.reset();
  j.pending = false;
  if (!j.lost) j.error.clear();
  j.warning.clear();
  j.waits_for.clear();
  j.refused_context.clear();
  j.catching_up.clear();
  j.missing.clear();
  j.died.clear();
  if (j.current == job_record::phase::pending_context) j.warning = waiting_text(missing_context(j, nullptr, latest));
}

job_table::answer job_table::pause(const job_id& id) {
  auto* j = record(id);
  if (j == nullptr) return answer::unknown;
  j->paused = true;
  return answer::done;
}

job_table::answer job_table::resume(const job_id& id) {
  auto* j = record(id);
  if (j == nullptr) return answer::unknown;
  if (std::exchange(j->paused, false)) j->context_due = true;
  return answer::done;
}

void job_table::expect_run_transition(timestamp t) {
  transitions_.insert(std::upper_bound(transitions_.begin(), transitions_.end(), t), t);
}

bool job_table::forget_run_transition(timestamp t) {
  const auto known = std::ranges::find(transitions_, t);
  if (known == transitions_.end()) return false;
  transitions_.erase(known);
  return true;
}

void job_table::fire_transitions(timestamp end, const context_lookup& latest, preparation& out) {
  auto due = std::upper_bound(transitions_.begin(), transitions_.end(), end);
  if (due == transitions_.begin()) return;
  transitions_.erase(transitions_.begin(), due);
  // A job that catches up does so at its own time.
  for (auto& j : jobs_)
    if (j.current == job_record::phase::active && j.catching_up.empty() && j.reset_on_run_transition &&
        j.supports_reset) {
      reset(j, latest);
      out.resets.push_back(j.id);
    }
}

bool job_table::starts(const job_record& j, timestamp t) {
  return j.current == job_record::phase::scheduled && !j.paused && j.catching_up.empty() &&
         (!j.schedule.start || t >= *j.schedule.start);
}

// Out of the phase scheduled: to active, or to where it waits for context.
void job_table::activate(job_record& j, const batch_data& batch, const context_lookup& latest, preparation& out) {
  j.context_due = true;
  if (j.needs.gating.empty()) {
    j.current = job_record::phase::active;
    out.activated.push_back(j.id);
  } else {
    j.current = job_record::phase::pending_context;
    out.waiting.push_back(j.id);
  }
  if (j.schedule.end && *j.schedule.end <= batch.end) j.finishing = true;
  try_gate(j, &batch, latest, out);
}

void job_table::try_gate(job_record& j, const batch_data* batch, const context_lookup& latest, preparation& out) {
  if (j.current != job_record::phase::pending_context || j.paused) return;
  auto missing = missing_context(j, batch, latest);
  j.warning = waiting_text(missing);
  if (!missing.empty()) return;
  j.current = job_record::phase::active;
  out.activated.push_back(j.id);
}

// `fresh`: the job has just been activated, so that values remembered from before count as if the batch had brought
// them. Nothing if there is nothing to do.
std::optional<job_task> job_table::task_for(job_record& j, const batch_data& batch, const context_lookup& latest,
                                            bool fresh, bool hold) {
  job_task task{{batch.start, batch.end, {}, {}}, j.pending, {}, hold && !j.finishing};
  auto give = [&](std::vector<stream_data>& to, const std::string& stream, bool remembered) {
    auto value = value_in(batch, stream);
    if (!value && remembered) value = latest(stream);
    if (value) to.push_back({stream, std::move(*value)});
    if (auto more = batch.further.find(stream); more != batch.further.end())
      for (const auto& v : more->second)
        to.push_back({stream, v});
  };
  if (!j.paused) {
    const auto& source = j.id.source_name;
    give(task.data.primary, source, fresh);
    for (const auto* streams : {&j.needs.gating, &j.needs.context})
      for (const auto& stream : *streams)
        if (stream != source && !(streams == &j.needs.context && contains(j.needs.gating, stream)))
          give(task.context, stream, j.context_due);
    for (const auto& stream : j.needs.auxiliary)
      if (stream != source && !contains(j.needs.gating, stream) && !contains(j.needs.context, stream))
        give(task.data.auxiliary, stream, fresh);
    j.context_due = false;
  }
  auto retry = task.pending && !task.hold;
  if (task.data.empty() && task.context.empty() && !retry) return std::nullopt;
  return task;
}

job_table::preparation job_table::prepare(const batch_data& batch, const context_lookup& latest, bool hold) {
  preparation out;
  fire_transitions(batch.end, latest, out);
  for (auto& j : jobs_) {
    if (j.finishing || !j.catching_up.empty()) continue;
    auto active_before = j.current == job_record::phase::active;
    if (starts(j, batch.start)) activate(j, batch, latest, out);
    if (j.current == job_record::phase::scheduled) continue;
    if (j.schedule.end && *j.schedule.end <= batch.end) j.finishing = true;
    try_gate(j, &batch, latest, out);
    if (j.current != job_record::phase::active || j.lost) continue;
    if (auto task = task_for(j, batch, latest, !active_before, hold)) out.work.push_back({j.id, std::move(*task)});
  }
  return out;
}

job_table::preparation job_table::start_from_memory(const job_id& id, timestamp now, const context_lookup& latest) {
  preparation out;
  auto* j = record(id);
  if (j == nullptr || !starts(*j, now)) return out;
  auto remembered = [&](const std::vector<std::string>& streams) {
    return std::any_of(streams.begin(), streams.end(), [&](const auto& s) { return latest(s).has_value(); });
  };
  if (!latest(id.source_name) && !remembered(j->needs.auxiliary) && !remembered(j->needs.context) &&
      !remembered(j->needs.gating))
    return out;
  batch_data nothing_new{now, now, {}, 0, 0};
  activate(*j, nothing_new, latest, out);
  if (j->current != job_record::phase::active || j->lost) return out;
  if (auto task = task_for(*j, nothing_new, latest, true, false)) out.work.push_back({j->id, std::move(*task)});
  return out;
}

void job_table::book(const job_id& id, const job_reply& reply) {
  auto* j = record(id);
  if (j == nullptr) return;
  if (reply.context == step::failed)
    j->refused_context = reply.context_error;
  else if (reply.context == step::ok)
    j->refused_context.clear();
  if (reply.push == step::failed) {
    j->warning = reply.push_error;
  } else {
    j->warning.clear();
  }
  if (reply.took_primary) j->pending = true;
  if (!reply.waits_for.empty()) {
    j->waits_for = reply.waits_for;
    j->error.clear();
  } else if (reply.finalize != step::none) {
    j->waits_for.clear();
  }
  if (reply.finalize == step::failed) {
    j->error = reply.finalize_error;
  } else if (reply.finalize == step::ok) {
    j->error.clear();
    j->pending = false;
    if (!reply.absent_outputs.empty()) j->warning = reply.absent_outputs;
  }
  j->start = reply.start;
  j->end = reply.end;
}

void job_table::lost(const job_id& id, std::string why) {
  auto* j = record(id);
  if (j == nullptr) return;
  j->lost = true;
  j->catching_up.clear();
  j->behind.clear();
  j->died = why;
  j->pending = false;
  j->context_due = true;
  j->start.reset();
  j->end.reset();
  j->warning.clear();
  j->waits_for.clear();
  j->refused_context.clear();
  j->error = std::move(why);
}

void job_table::returned(const job_id& id) {
  if (auto* j = record(id)) j->lost = false;
}

void job_table::behind(const job_id& id, std::string why) {
  if (auto* j = record(id)) j->behind = std::move(why);
}

void job_table::misses(const job_id& id, std::string what) {
  if (auto* j = record(id)) j->missing = std::move(what);
}

void job_table::catches_up(const job_id& id, std::string progress) {
  if (auto* j = record(id)) j->catching_up = std::move(progress);
}

void job_table::goes_on(const job_id& id, const job_record& now) {
  auto* j = record(id);
  if (j == nullptr) return;
  auto paused = j->paused;
  *j = now;
  j->paused = paused;
  // The service may know context from before what was read again.
  j->context_due = true;
}

void job_table::has_no_past(const job_id& id, std::string why) {
  auto* j = record(id);
  if (j == nullptr) return;
  j->catching_up.clear();
  j->start.reset();
  j->end.reset();
  j->missing = std::move(why);
}

std::vector<job_id> job_table::remove_finished() {
  std::vector<job_id> gone;
  auto is_done = [](const job_record& j) { return j.finishing && j.behind.empty(); };
  for (const auto& j : jobs_)
    if (is_done(j)) gone.push_back(j.id);
  if (gone.empty()) return gone;
  std::erase_if(jobs_, is_done);
  ++revision_;
  return gone;
}

} // namespace livedata
