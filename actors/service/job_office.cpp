#include "actors/service/job_office.hpp"

#include "actors/service/job_log.hpp"
#include "actors/source/route_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// A job that has lived this many batches after a restart counts as healthy again.
constexpr std::size_t healthy_batches = 100;
// Runs that are remembered for jobs that read the past.
constexpr std::size_t most_transitions = 1000;

// The series of such a source is kept by the service, so that a job has its past at once.
bool is_remembered(const instrument& inst, const std::string& stream) {
  auto is_it = [&](const auto& x) { return x.name == stream; };
  return std::ranges::any_of(inst.logs, is_it) || std::ranges::any_of(inst.devices, is_it) ||
         std::ranges::any_of(inst.choppers, [&](const auto& c) { return stream.starts_with(c + "/"); });
}

} // namespace

job_office::job_office(coordinator_actor::pointer self, const coordinator_settings& settings,
                       const service_metrics& metrics, context_lookup latest, listener l)
  : self_(self), settings_(settings), metrics_(metrics), listener_(std::move(l)),
    keeper_(self, {settings.spawn, settings.restart_limit, settings.restart_delay},
            {[this](const job_id& id, std::string why) {
               catch_up_.cancel(id);
               table_.lost(id, std::move(why));
             },
             [this](const job_id& id) { table_.returned(id); }}),
    arrivals_(settings.past.base), windows_(settings.batch_length),
    catch_up_(self, settings.past.limits, settings.past.spawn, std::move(latest), [this] { return arrivals_.cut(); },
              {[this](const job_id& id, const job_reply& reply) {
                 book(id, reply);
                 if (reply.result) listener_.result(reply.result);
                 listener_.go_on();
               },
               [this](const job_id& id, const caf::error& why) {
                 if (const auto* member = keeper_.find(id)) keeper_.died(id, member->generation, why);
               },
               [this](const job_id& id, const backfill_run& run) { caught_up(id, run); },
               [this](const job_id& id, const std::string& why) { past_failed(id, why); },
               [this](const job_id& id, const std::string& text) { table_.catches_up(id, text); },
               [this](const job_id& id, std::uint64_t events) { count_lost(id, events); },
               [this] { listener_.go_on(); }}) {}

// --- jobs come and go

void job_office::build(agenda& in_turn, const order_ptr& order,
                       std::function<void(const std::string& problem)> answer) {
  auto built = std::make_shared<std::optional<std::string>>();
  auto actor = keeper_.build(order, [this, built](const std::string& problem) {
    *built = problem;
    listener_.go_on();
  });
  in_turn.add_when([built] { return built->has_value(); },
                   [this, order, actor, built, answer = std::move(answer)] {
                     const auto& problem = **built;
                     if (problem.empty())
                       enter(order, actor);
                     else
                       end_job(actor);
                     answer(problem);
                   });
}

void job_office::enter(const order_ptr& order, const job_actor& actor) {
  catch_up_.cancel(order->id);
  keeper_.take_on(order, actor);
  table_.add(make_entry(order->id, *order->recipe, order->schedule));
  count_jobs();
  spdlog::info("job_scheduled job={} workflow={}", to_string(order->id), to_string(order->recipe->id()));
  if (order->schedule.start && begins_in_the_past(order->id, *order->schedule.start))
    read_past(order->id);
  else
    listener_.entered(order->id);
}

bool job_office::remove(const job_id& id) {
  catch_up_.cancel(id);
  keeper_.dismiss(id);
  auto found = table_.remove(id);
  count_jobs();
  return found;
}

bool job_office::clear(const job_id& id) {
  if (table_.find(id) == nullptr || !table_.find(id)->supports_reset) return false;
  catch_up_.cancel(id);
  table_.reset(id, catch_up_.latest());
  clear_actor(id);
  return true;
}

void job_office::follow(const command_outcome& outcome) {
  for (const auto& id : outcome.cleared) {
    catch_up_.cancel(id);
    clear_actor(id);
  }
  for (const auto& id : outcome.removed) {
    catch_up_.cancel(id);
    keeper_.dismiss(id);
  }
  count_jobs();
}

void job_office::clear_actor(const job_id& id) {
  auto* member = keeper_.find(id);
  if (member == nullptr || !member->actor) return;
  tell(self_, member->actor, clear_atom_v);
}

void job_office::dismiss_finished() {
  for (const auto& id : table_.remove_finished())
    keeper_.dismiss(id);
  count_jobs();
}

void job_office::expect_run_transition(timestamp t) {
  table_.expect_run_transition(t);
  catch_up_.expect_run_transition(t);
  transitions_.push_back(t);
  if (transitions_.size() > most_transitions) transitions_.erase(transitions_.begin());
}

void job_office::book(const job_id& id, const job_reply& reply) {
  table_.book(id, reply);
  auto* member = keeper_.find(id);
  if (member == nullptr) return;
  member->metrics.observe(reply);
  if (++member->batches_alive >= healthy_batches) member->restarts = 0;
  log_failures(id, reply);
}

job_statuses_ptr job_office::statuses() const {
  auto out = std::make_shared<std::vector<job_heartbeat>>();
  for (const auto& j : table_.jobs())
    out->push_back(j.heartbeat());
  return out;
}

void job_office::count_jobs() {
  metrics_.jobs->value(static_cast<std::int64_t>(table_.jobs().size()));
}

// --- the past

void job_office::came(std::span<const stream_message> messages) {
  if (settings_.past) arrivals_.came(messages);
}

void job_office::begins(const message_batch& batch) {
  // Results that were held back, and no data.
  if (batch.messages.empty() && batch.end <= batch.start) return;
  auto first = windows_.empty();
  if (settings_.past)
    windows_.add(batch);
  else
    windows_.add(batch_window{batch.start, batch.end});
  // Before the first batch nobody knows what is past.
  if (first && !windows_.empty() && settings_.past) {
    std::vector<job_id> late;
    for (const auto& j : table_.jobs())
      if (j.schedule.start && *j.schedule.start <= batch.start - settings_.batch_length &&
          !is_remembered(*settings_.inst, j.id.source_name))
        late.push_back(j.id);
    for (const auto& id : late)
      read_past(id);
  }
  if (settings_.past) arrivals_.left(batch);
}

void job_office::given(const batch_data& batch) {
  if (catch_up_.empty()) return;
  catch_up_.wait_behind(batch, [this](const job_id& id) {
    const auto* j = table_.find(id);
    return j != nullptr && j->paused;
  });
}

// Whether there were batches that the job would have taken. If they cannot be had any more, its status says so.
bool job_office::begins_in_the_past(const job_id& id, timestamp start) {
  if (windows_.empty() || start > windows_.last().start || is_remembered(*settings_.inst, id.source_name)) return false;
  if (settings_.past) return true;
  past_failed(id, "this source cannot be read again");
  return false;
}

void job_office::read_past(const job_id& id) {
  const auto* entry = table_.find(id);
  auto* member = keeper_.find(id);
  if (entry == nullptr || member == nullptr || !member->actor) return;
  backfill_request request;
  request.from = *entry->schedule.start;
  request.data_streams = entry->needs.auxiliary;
  request.data_streams.push_back(id.source_name);
  request.context_streams = entry->needs.gating;
  request.context_streams.insert(request.context_streams.end(), entry->needs.context.begin(),
                                 entry->needs.context.end());
  for (auto* streams : {&request.data_streams, &request.context_streams})
    *streams = streams_from_outside(*settings_.inst, *streams);
  auto run =
    std::make_unique<backfill_run>(*entry, *settings_.inst, settings_.service, windows_, arrivals_.cut(), transitions_);
  spdlog::info("job_catches_up job={} from={} to={}", to_string(id), to_string(request.from),
               to_string(windows_.last().end));
  catch_up_.begin(id, std::move(run), std::move(request), member->actor);
}

void job_office::count_lost(const job_id& id, std::uint64_t events) {
  auto* member = keeper_.find(id);
  if (member == nullptr) return;
  const auto& label = *member->label;
  counter(self_->system(), "job.events-dropped", "Events that came while a job caught up and had no place to wait.",
          {{"service", label.service}, {"workflow", label.workflow}, {"source", label.source}})
    ->inc(static_cast<std::int64_t>(events));
}

void job_office::caught_up(const job_id& id, const backfill_run& run) {
  if (run.finished()) {
    spdlog::info("job_finished_in_the_past job={}", to_string(id));
    remove(id);
  } else {
    spdlog::info("job_caught_up job={} at={}", to_string(id), to_string(run.reached()));
    if (auto loss = run.loss(); !loss.empty()) spdlog::warn("job_lost_data job={} text=\"{}\"", to_string(id), loss);
    table_.goes_on(id, *run.record());
    caught_up_ = true;
  }
  listener_.go_on();
}

void job_office::past_failed(const job_id& id, const std::string& why) {
  const auto* j = table_.find(id);
  if (j == nullptr) return;
  auto text =
    fmt::format("Began late: the data from {} on are not in it, because {}.", to_string(*j->schedule.start), why);
  spdlog::warn("job_without_past job={} text=\"{}\"", to_string(id), text);
  clear_actor(id);
  table_.has_no_past(id, std::move(text));
  listener_.go_on();
}

} // namespace livedata
