#include "actors/service/job_supervisor.hpp"

#include "actors/archive_fields.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

// A job that has lived this many batches after a restart counts as healthy again.
constexpr std::size_t healthy_batches = 100;

template <class Actor>
void end(const Actor& actor) {
  if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

// Of the messages that a task keeps alive.
std::uint64_t bytes_of(const job_task& task) {
  std::uint64_t n = 0;
  for (const auto* streams : {&task.data.primary, &task.data.auxiliary})
    for (const auto& s : *streams)
      if (const auto* events = std::get_if<events_ptr>(&s.value))
        n += (*events)->events * (sizeof(std::int32_t) + sizeof(std::int32_t));
      else if (const auto* array = std::get_if<array_ptr>(&s.value))
        n += std::visit([](const auto& v) { return v.size() * sizeof(v.front()); }, (*array)->data.data);
  return n;
}

// Values that the job has not been told, unless the later task has newer ones.
void prepend_context(job_task& to, std::vector<stream_data> earlier) {
  std::erase_if(earlier, [&](const auto& e) {
    return std::ranges::any_of(to.context, [&](const auto& s) { return s.stream == e.stream; });
  });
  to.context.insert(to.context.begin(), std::make_move_iterator(earlier.begin()),
                    std::make_move_iterator(earlier.end()));
}

// Of all states that a job in the table may have.
std::map<job_state, caf::telemetry::int_gauge*> job_gauges(caf::actor_system& system, const std::string& service) {
  using enum job_state;
  std::map<job_state, caf::telemetry::int_gauge*> out;
  for (auto state : {scheduled, pending_context, active, waiting, warning, error, finishing})
    out[state] = gauge(system, "jobs", "Jobs in the table, by state.",
                       {{"service", service}, {"state", std::string(to_string(state))}});
  return out;
}

} // namespace

job_supervisor::job_supervisor(coordinator_actor::pointer self, const coordinator_settings& settings,
                               context_lookup latest, job_events& events)
  : self_(self), settings_(settings), latest_(latest), events_(events),
    job_gauges_(job_gauges(self->system(), settings.name())), watcher_(self),
    builds_(self, settings.fan_out.workers, settings.jobs_memory), batch_length_(settings.batch_length),
    past_(self, settings, table_, std::move(latest),
          {[this](const job_id& id, const job_reply& reply) {
             book(id, reply);
             if (reply.result) events_.result(reply.result);
             events_.go_on();
           },
           [this](const job_id& id, const caf::error& why) {
             if (const auto* m = find(id)) died(id, m->generation, why);
           },
           [this](const job_id& id, const backfill_run& run) { caught_up(id, run); },
           [this](const job_id& id, const std::string& why) {
             past_.failed(id, why);
             clear(id);
             events_.go_on();
           },
           [this](const job_id& id, const std::string& text) { table_.catches_up(id, text); },
           [this](const job_id& id, std::uint64_t lost) {
             if (auto* m = find(id)) m->metrics.dropped_events->inc(static_cast<std::int64_t>(lost));
           },
           [this] { events_.go_on(); }}) {}

job_supervisor::~job_supervisor() {
  for (auto& [id, m] : members_)
    end(m.actor);
}

job_supervisor::member* job_supervisor::find(const job_id& id) {
  auto i = members_.find(id);
  return i == members_.end() ? nullptr : &i->second;
}

// --- jobs come and go

void job_supervisor::add_member(const order_ptr& order, const built_ptr& built) {
  dismiss(order->id);
  auto& m = members_[order->id];
  m.order = order;
  if (!order->begins_with.empty()) {
    // One that is built again later begins with nothing.
    auto bare = std::make_shared<job_order>(*order);
    bare->begins_with = {};
    m.order = std::move(bare);
  }
  m.label = std::make_shared<const job_label>(
    job_label{settings_.name(), order->recipe->id().name, order->recipe->source(), to_string(order->id)});
  m.metrics = job_metrics(self_->system(), *m.label);
  take_on(order, built);
}

bool job_supervisor::enter(const order_ptr& order, const built_ptr& built, std::uint64_t number) {
  add_member(order, built);
  auto entry = make_entry(order->id, *order->recipe, order->schedule);
  entry.order = number;
  table_.add(std::move(entry));
  count_jobs();
  if (!order->schedule.start || !past_.is_due(order->id, *order->schedule.start)) {
    remember(order->id, {});
    return false;
  }
  read_past(order->id);
  return true;
}

void job_supervisor::state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes) {
  a.field("table", table_);
  fields::group(a, "past", [&](archive& inner) { past_.state(inner, lanes); });
}

void job_supervisor::take_on(const order_ptr& order, const built_ptr& built) {
  auto& m = members_.at(order->id);
  m.actor = settings_.spawn(self_->system(), *order, built->work);
  m.generation = ++last_generation_;
  m.batches_alive = 0;
  m.own_thread = false;
  watcher_.watch(m.actor, [this, id = order->id, generation = m.generation](const caf::error& reason) {
    died(id, generation, reason);
  });
}

void job_supervisor::dismiss(const job_id& id) {
  past_.cancel(id);
  auto m = members_.find(id);
  if (m == members_.end()) return;
  if (m->second.own_thread) --own_threads_;
  end(m->second.actor);
  members_.erase(m);
}

std::optional<acknowledgement> job_supervisor::act(const job_command& command) {
  auto outcome = execute(table_, command, latest_);
  for (const auto& id : outcome.cleared) {
    past_.cancel(id);
    clear(id);
  }
  for (const auto& id : outcome.removed)
    dismiss(id);
  // What comes in a pause is not for the job.
  if (command.action == job_action::pause || command.action == job_action::resume)
    for (auto& [id, m] : members_)
      m.forget_saved();
  count_jobs();
  return outcome.answer;
}

void job_supervisor::expect_run_transition(timestamp t) {
  table_.expect_run_transition(t);
  past_.expect_run_transition(t);
}

// What has happened stays part of the past.
void job_supervisor::forget_run_transition(timestamp t) {
  if (table_.forget_run_transition(t)) past_.forget_run_transition(t);
}

void job_supervisor::dismiss_finished() {
  for (const auto& id : table_.remove_finished())
    dismiss(id);
  count_jobs();
}

void job_supervisor::count_jobs() {
  std::map<job_state, std::int64_t> counts;
  for (const auto& j : table_.jobs())
    ++counts[j.state()];
  for (auto& [state, shown] : job_gauges_)
    shown->value(counts[state]);
}

// --- work

void job_supervisor::begins(const message_batch& batch) {
  for (const auto& id : past_.begins(batch))
    read_past(id);
  past_.left(batch);
}

job_table::preparation job_supervisor::prepare(const batch_data& batch, bool hold) {
  batch_length_ = std::max(settings_.batch_length, batch.end - batch.start);
  auto prepared = table_.prepare(batch, latest_, hold);
  past_.given(batch);
  return prepared;
}

void job_supervisor::clear(const job_id& id) {
  auto* m = find(id);
  if (m == nullptr) return;
  m->forget_saved();
  m->returns = false;
  if (!m->actor) return;
  m->forget_waiting();
  m->context_due.clear();
  m->dropped_batches = 0;
  m->outdated = m->behind;
  tell(self_, m->actor, clear_atom_v);
}

bool job_supervisor::give(const job_id& id, job_task task, const work_place& place) {
  auto& m = members_.at(id);
  prepend_context(task, std::exchange(m.context_due, {}));
  if (m.behind) {
    auto bytes = bytes_of(task);
    wait(id, m, {std::move(task), place, bytes});
    return false;
  }
  send(id, m, std::move(task), place);
  return true;
}

void job_supervisor::send(const job_id& id, member& m, job_task task, const work_place& place) {
  ask(self_, m.actor, task_ptr(std::make_shared<const job_task>(std::move(task))))
    .then(
      [this, id, place, generation = m.generation](const reply_ptr& reply) {
        // An actor that was replaced may answer yet: that is not what the job is now.
        const auto* now = find(id);
        auto current = now != nullptr && now->generation == generation;
        events_.answered(place.cycle, place.item, id, current ? reply : nullptr);
      },
      [this, id, place, generation = m.generation](const caf::error& e) {
        died(id, generation, e);
        events_.answered(place.cycle, place.item, id, nullptr);
      });
}

void job_supervisor::book(const job_id& id, const job_reply& reply) {
  table_.book(id, reply);
  auto* m = find(id);
  if (m == nullptr) return;
  m->metrics.observe(reply);
  if (++m->batches_alive >= healthy_batches) m->restarts = 0;
  failures_.log(id, reply, std::chrono::steady_clock::now());
  // It would hold one of the job threads as long as this again.
  if (settings_.deadline_lengths > 0 &&
      reply.seconds >= std::chrono::duration<double>(deadline(settings_, batch_length_)).count() && m->actor &&
      !m->own_thread && own_threads_ < settings_.own_threads) {
    m->own_thread = true;
    ++own_threads_;
    spdlog::warn(log_line("job_on_own_thread", {{"job", to_string(id)}, {"seconds", reply.seconds}}));
    tell(self_, m->actor, own_thread_atom_v);
  }
}

void job_supervisor::leave_behind(const job_id& id, double seconds) {
  auto* m = find(id);
  if (m == nullptr || !m->actor || m->behind) return;
  m->behind = true;
  m->outdated = false;
  m->metrics.left_behind->inc();
  spdlog::warn(log_line("job_left_behind", {{"job", to_string(id)}, {"silent_s", seconds}}));
  tell_behind(id, *m);
}

void job_supervisor::wait(const job_id& id, member& m, waiting_task task) {
  m.waiting_bytes += task.bytes;
  m.waiting.push_back(std::move(task));
  while (m.waiting.size() > 1 && (m.waiting_bytes > settings_.behind_memory ||
                                  m.waiting.size() > settings_.behind_batches || settings_.in_flight.over())) {
    auto lost = m.take_waiting();
    prepend_context(m.waiting.front().task, std::move(lost.task.context));
    note_dropped(id, m, lost.task);
    events_.dropped(id, lost.place.batch);
  }
  tell_behind(id, m);
}

void job_supervisor::note_dropped(const job_id& id, member& m, const job_task& task) {
  ++m.dropped_batches;
  m.metrics.dropped_batches->inc();
  m.metrics.dropped_events->inc(static_cast<std::int64_t>(events_of(task)));
  table_.misses(id, fmt::format("Was too slow: it has not the data of {} batches, of which the last ended at {}.",
                                m.dropped_batches, to_string(task.data.end)));
}

void job_supervisor::drop(const job_id& id, job_task task) {
  auto& m = members_.at(id);
  note_dropped(id, m, task);
  prepend_context(task, std::exchange(m.context_due, {}));
  m.context_due = std::move(task.context);
}

void job_supervisor::tell_behind(const job_id& id, const member& m) {
  table_.behind(id, fmt::format("Behind: it is still at work on an earlier batch, and the others go on without it. {} "
                                "batches wait for it.",
                                m.waiting.size()));
}

void job_supervisor::book_late(const job_id& id, const reply_ptr& reply) {
  auto* m = find(id);
  if (m == nullptr || reply == nullptr || !m->behind) return;
  if (!std::exchange(m->outdated, false)) {
    book(id, *reply);
    if (reply->result) events_.result(reply->result);
  }
  send_next(id, *m);
  events_.go_on();
}

void job_supervisor::send_next(const job_id& id, member& m) {
  if (m.waiting.empty()) {
    m.behind = false;
    table_.behind(id, {});
    spdlog::info(log_line("job_no_longer_behind", {{"job", to_string(id)}}));
    dismiss_finished();
    return;
  }
  auto next = m.take_waiting();
  // Known only now that the answer to the one before is there.
  next.task.pending = table_.find(id)->pending;
  tell_behind(id, m);
  send(id, m, std::move(next.task), next.place);
}

bool job_supervisor::any_behind() const {
  return std::ranges::any_of(members_, [](const auto& entry) { return entry.second.behind; });
}

std::size_t job_supervisor::give_up_on_behind() {
  std::size_t n = 0;
  for (auto& [id, m] : members_) {
    if (!m.behind) continue;
    ++n;
    for (const auto& w : m.waiting)
      note_dropped(id, m, w.task);
    spdlog::error(log_line("job_given_up", {{"job", to_string(id)},
                                            {"waiting_batches", m.waiting.size()},
                                            {"text", "It did not finish its work before the end."}}));
    m.forget_waiting();
    m.behind = false;
    table_.behind(id, "Did not finish its work before the end of the service.");
  }
  return n;
}

// --- the past

void job_supervisor::read_past(const job_id& id) {
  const auto* m = find(id);
  if (m != nullptr && m->actor && table_.find(id) != nullptr) past_.begin(id, m->actor);
}

void job_supervisor::caught_up(const job_id& id, const backfill_run& run) {
  if (run.finished()) {
    spdlog::info(log_line("job_finished_in_the_past", {{"job", to_string(id)}}));
    table_.remove(id);
    dismiss(id);
    count_jobs();
  } else {
    spdlog::info(log_line("job_caught_up", {{"job", to_string(id)}, {"at", log_word{to_string(run.reached())}}}));
    table_.goes_on(id, *run.record());
    if (auto* m = find(id)) m->returns = false;
    if (auto loss = run.loss(); !loss.empty())
      spdlog::warn(log_line("job_lost_data", {{"job", to_string(id)}, {"text", loss}}));
    caught_up_ = true;
  }
  events_.go_on();
}

// --- what is told

std::shared_ptr<const job_label> job_supervisor::label(const job_id& id) const {
  auto m = members_.find(id);
  return m == members_.end() ? nullptr : m->second.label;
}

job_statuses_ptr job_supervisor::statuses() const {
  auto out = std::make_shared<std::vector<job_heartbeat>>();
  for (const auto& j : table_.jobs())
    out->push_back(j.heartbeat());
  return out;
}

} // namespace livedata
