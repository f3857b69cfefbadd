// What is saved of jobs, and how they go on from it: in another process, or with another actor in place of one that
// died. Part of job_supervisor.
#include "actors/archive_fields.hpp"
#include "actors/error_text.hpp"
#include "actors/service/job_supervisor.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

// Between two batches: from here another actor may go on until the job is saved.
void job_supervisor::remember(const job_id& id, const work_bytes& work) {
  if (!settings_.snapshots) return;
  auto progress = past_.progress_of(*table_.find(id));
  if (!progress) return;
  progress->work = work;
  members_.at(id).saved = std::make_shared<const saved_progress>(*std::move(progress));
}

void job_supervisor::enter_saved(const order_ptr& order, const built_ptr& built, const saved_job& saved,
                                 timestamp taken) {
  if (saved.record.empty()) {
    (void)enter(order, built, saved.order);
    return;
  }
  add_member(order, built);
  job_record record(make_entry(order->id, *order->recipe, order->schedule));
  record.order = saved.order;
  archive a(std::as_bytes(std::span(saved.record)));
  record.state(a);
  const auto& why = saved.without_work.empty() ? built->not_loaded : saved.without_work;
  if (!why.empty()) {
    record.start.reset();
    record.end.reset();
    record.pending = false;
    record.context_due = true;
    record.waits_for.clear();
    record.missing = fmt::format("The data from before {} are not in it: {}.", to_string(taken), why);
    spdlog::error(log_line("job_resumed_empty", {{"job", to_string(order->id)}, {"text", record.missing}}));
  }
  const auto begins_late = !why.empty() && order->schedule.start && settings_.past;
  table_.put(std::move(record));
  if (why.empty()) remember(order->id, saved.work);
  count_jobs();
  spdlog::debug(log_line("job_resumed", {{"job", to_string(order->id)}, {"workflow", to_string(order->recipe->id())}}));
  if (begins_late && past_.is_due(order->id, *order->schedule.start)) read_past(order->id);
}

void job_supervisor::save(std::function<void(std::vector<saved_job>)> tell_all) {
  struct saving {
    std::vector<saved_job> jobs;
    std::size_t open = 1;
    std::function<void(std::vector<saved_job>)> tell;

    void answered() {
      if (--open == 0) tell(std::move(jobs));
    }
  };

  auto all = std::make_shared<saving>();
  all->tell = std::move(tell_all);
  for (const auto& j : table_.jobs()) {
    const auto& m = members_.at(j.id);
    auto& s = all->jobs.emplace_back();
    s.spec = m.order->recipe->spec(j.id.job_number, m.order->schedule);
    s.origin = m.order->origin;
    s.order = j.order;
    // One that takes in its past does so again.
    if (!j.catching_up.empty() && !m.returns) continue;
    archive a;
    auto record = j;
    record.context_due = record.context_due || !m.context_due.empty();
    record.state(a);
    s.record = fields::numbers_of(a.finish());
    if (!m.actor || m.behind || m.returns) {
      s.without_work = m.behind ? "it was too slow, and behind the others" : "its actor had died";
      continue;
    }
    ++all->open;
    ask(self_, m.actor, save_atom_v)
      .then(
        [this, all, i = all->jobs.size() - 1, progress = past_.progress_of(record), generation = m.generation,
         changes = m.changes](const saved_work_ptr& work) {
          auto& saved_job = all->jobs[i];
          saved_job.work = {work->job, work->workflow, work};
          auto* now = find(saved_job.spec.job);
          if (progress && now != nullptr && now->generation == generation && now->changes == changes) {
            auto mine = *progress;
            mine.work = saved_job.work;
            now->saved = std::make_shared<const saved_progress>(std::move(mine));
          }
          all->answered();
        },
        [all, i = all->jobs.size() - 1](const caf::error& e) {
          all->jobs[i].without_work = fmt::format("it could not be saved ({})", text_of(e));
          all->answered();
        });
  }
  all->answered();
}

// --- actors die

// May be told any number of times.
void job_supervisor::died(const job_id& id, std::uint64_t generation, const caf::error& reason) {
  auto* m = find(id);
  if (m == nullptr || m->generation != generation || !m->actor) return;
  m->actor = nullptr;
  m->metrics.deaths->inc();
  if (std::exchange(m->own_thread, false)) --own_threads_;
  replace(id, *m, fmt::format("Job actor died: {}.", to_string(reason)));
}

void job_supervisor::replace(const job_id& id, member& m, const std::string& why) {
  m.behind = false;
  m.forget_waiting();
  auto given_up = m.restarts >= settings_.restart_limit;
  m.returns = !given_up && m.saved;
  auto text = fmt::format(
    "{} {} {}", why, m.returns ? "It goes on from what was saved of it." : "What the job had accumulated is lost.",
    given_up ? fmt::format("Given up after {} restarts; stop the job and start it again.", m.restarts)
             : fmt::format("Restart {} of {}.", m.restarts + 1, settings_.restart_limit));
  spdlog::error(log_line("job_lost", {{"job", to_string(id)}, {"text", text}}));
  past_.cancel(id);
  table_.lost(id, std::move(text));
  if (given_up) return;
  auto delay = settings_.restart_delay * (1 << std::min<std::size_t>(m.restarts, 10));
  ++m.restarts;
  self_->run_delayed(delay, [this, id, order = m.order] { restart(id, order); });
}

void job_supervisor::restart(const job_id& id, const order_ptr& order) {
  auto is_present = [this, id, order] { // else stopped or replaced meanwhile
    const auto* m = find(id);
    return m != nullptr && m->order == order;
  };
  if (!is_present()) return;
  const auto from = find(id)->saved;
  auto wanted = order;
  if (from) {
    auto with_work = std::make_shared<job_order>(*order);
    with_work->begins_with = from->work;
    wanted = std::move(with_work);
  }
  builds_.add(wanted, [this, id, order, from, is_present](const built_ptr& built) {
    if (!is_present()) return;
    if (!built->problem.empty()) {
      replace(id, *find(id), fmt::format("The workflow could not be built again: {}.", built->problem));
      return;
    }
    go_on(id, order, from, built);
  });
}

// A reset or a pause that came meanwhile is known to the new actor, and not to what was saved.
void job_supervisor::go_on(const job_id& id, const order_ptr& order, const std::shared_ptr<const saved_progress>& from,
                           const built_ptr& built) {
  take_on(order, built);
  table_.returned(id);
  auto& m = *find(id);
  spdlog::info(log_line("job_restarted", {{"job", to_string(id)}}));
  if (from && m.saved == from && built->not_loaded.empty()) {
    if (past_.begin_again(*from, m.actor)) return;
    // There has been no batch since.
    table_.goes_on(id, from->record);
    m.returns = false;
    return;
  }
  m.returns = false;
  if (from) {
    tell(self_, m.actor, clear_atom_v);
    const auto why = built->not_loaded.empty() ? "it was reset or paused while it was gone" : built->not_loaded;
    table_.misses(id, fmt::format("Began anew: what it had before is not in it, because {}.", why));
  }
  if (order->schedule.start && settings_.past && past_.is_due(id, *order->schedule.start)) read_past(id);
}

bool job_supervisor::any_returning() const {
  return std::ranges::any_of(members_, [](const auto& entry) { return entry.second.returns; });
}

} // namespace livedata
