#include "actors/coordinator/coordinator_actor.hpp"

#include "actors/coordinator/batcher/batcher.hpp"
#include "actors/coordinator/job_crew.hpp"
#include "actors/coordinator/preprocess/preprocessor.hpp"

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <optional>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto poll_interval = std::chrono::milliseconds(100);
// A job that has lived this many batches after a restart counts as healthy again.
constexpr std::size_t healthy_batches = 100;

struct ready_batch {
  message_batch content;
  timestamp completed;
};

// The batch that the jobs are at.
struct batch_in_work {
  batch_data data;
  timestamp lag_from;
  std::vector<job_table::work_item> items;
  // By item; null for a job that died.
  std::vector<reply_ptr> replies;
  std::size_t outstanding = 0;
  steady::time_point begin;
};

// Takes effect between two batches, once it is ready, after all commands before it.
struct command {
  std::function<bool()> ready;
  std::function<void()> run;
};

struct service_metrics {
  caf::telemetry::int_counter* batches;
  caf::telemetry::int_counter* messages;
  caf::telemetry::int_counter* events;
  caf::telemetry::dbl_histogram* fan_out;
  caf::telemetry::int_gauge* waiting;
  caf::telemetry::int_gauge* jobs;

  service_metrics(caf::actor_system& system, const std::string& service)
    : batches(counter(system, "batches", "Batches booked.", {{"service", service}})),
      messages(counter(system, "batch.messages", "Messages in booked batches.", {{"service", service}})),
      events(counter(system, "batch.events", "Events in booked batches.", {{"service", service}})),
      fan_out(duration_histogram(system, "batch.fan-out-time",
                                 "Time from the first request to a job to the last answer.", {{"service", service}})),
      waiting(gauge(system, "batch.waiting", "Complete batches that wait for the jobs.", {{"service", service}})),
      jobs(gauge(system, "jobs", "Jobs in the table.", {{"service", service}})) {}
};

class coordinator_state {
public:
  static inline const char* name = "livedata.coordinator";

  coordinator_state(coordinator_actor::pointer self, coordinator_settings settings, publisher_actor publisher,
                    reporter_actor reporter)
    : self_(self), settings_(std::move(settings)), publisher_(std::move(publisher)), reporter_(std::move(reporter)),
      watcher_(self), batcher_(make_batcher(settings_.batch_kind, settings_.batch_length)),
      preprocessor_(*settings_.inst, settings_.service), crew_(self->system()),
      metrics_(self->system(), settings_.service) {
    survive_stray_errors(self);
  }

  coordinator_actor::behavior_type make_behavior() {
    arm_poll();
    return {
      [this](const chunk_ptr& chunk) { take(*chunk); },
      [this](const order_ptr& order) { return start_job(order); },
      [this](remove_atom, const job_id_ptr& id) { return between_batches([this, id] { return remove_job(*id); }); },
      [this](clear_atom, const job_id_ptr& id) { return between_batches([this, id] { return clear_job(*id); }); },
      [this](end_atom) {
        ended_ = true;
        advance();
      },
      [this](finish_atom) {
        finish_ = self_->make_response_promise<void>();
        advance();
        return *finish_;
      },
      [this](poll_atom) { place({}, timestamp{}); },
    };
  }

private:
  // --- messages in
  // -----------------------------------------------------------------------------------------------------

  void take(const message_chunk& chunk) {
    source_ = self_->current_sender();
    ++credit_owed_;
    last_received_ = chunk.received;
    place(chunk.messages, chunk.received);
  }

  void place(std::vector<stream_message> messages, timestamp received) {
    if (auto batch = batcher_->add(std::move(messages))) ready_.push_back({std::move(*batch), received});
    advance();
    pay_credit();
  }

  // The source may send on as long as at most one complete batch waits behind the one in work. So it is slowed down
  // when the jobs fall behind, and never when the batcher still needs messages to complete a batch.
  void pay_credit() {
    metrics_.waiting->value(static_cast<std::int64_t>(ready_.size()));
    if (credit_owed_ == 0 || ready_.size() > 1) return;
    if (auto source = caf::actor_cast<source_actor>(source_))
      tell(self_, source, credit_atom_v, settings_.number, std::exchange(credit_owed_, 0U));
  }

  // Without new messages, a batch may still close by those that are there.
  void arm_poll() {
    self_->run_delayed(poll_interval, [this] {
      place({}, last_received_);
      arm_poll();
    });
  }

  // --- jobs come and go
  // ------------------------------------------------------------------------------------------------

  // Workflows are built side by side, but take effect as commands in the order in which they came; the next batch waits
  // for that. So neither the table nor the first batch of a job depends on how long building takes.
  caf::result<std::string> start_job(const order_ptr& order) {
    auto promise = self_->make_response_promise<std::string>();
    if (auto ok = order->schedule.check(); !ok) {
      promise.deliver(ok.error().message);
      return promise;
    }
    auto actor = settings_.spawn(self_->system(), *order);
    auto problem = std::make_shared<std::optional<std::string>>();
    commands_.push_back({[problem] { return problem->has_value(); },
                         [this, order, actor, promise, problem]() mutable {
                           if ((*problem)->empty())
                             enter(order, actor);
                           else
                             caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
                           promise.deliver(std::move(**problem));
                         }});
    auto built = [this, problem](const std::string& text) {
      *problem = text;
      advance();
    };
    ask(self_, actor, build_atom_v).then(built, [built](const caf::error& e) { built(to_string(e)); });
    return promise;
  }

  void enter(const order_ptr& order, const job_actor& actor) {
    watch(crew_.hire(order, actor));
    table_.add(order->id, order->recipe->id(), order->schedule);
    metrics_.jobs->value(static_cast<std::int64_t>(table_.jobs().size()));
    spdlog::info("job_scheduled job={} workflow={}", to_string(order->id), to_string(order->recipe->id()));
  }

  // Runs a command as soon as no batch is in work, and answers with what it gives.
  caf::result<bool> between_batches(std::function<bool()> action) {
    auto promise = self_->make_response_promise<bool>();
    commands_.push_back(
      {[] { return true; }, [promise, action = std::move(action)]() mutable { promise.deliver(action()); }});
    advance();
    return promise;
  }

  bool remove_job(const job_id& id) {
    crew_.dismiss(id);
    auto found = table_.remove(id);
    metrics_.jobs->value(static_cast<std::int64_t>(table_.jobs().size()));
    return found;
  }

  bool clear_job(const job_id& id) {
    if (auto* member = crew_.find(id); member != nullptr && member->actor) tell(self_, member->actor, clear_atom_v);
    return table_.reset(id);
  }

  // --- the cycle
  // -------------------------------------------------------------------------------------------------------

  void advance() {
    while (!work_) {
      while (!commands_.empty() && commands_.front().ready()) {
        auto next = std::move(commands_.front());
        commands_.pop_front();
        next.run();
      }
      if (!commands_.empty()) return;
      if (ready_.empty() && ended_)
        if (auto rest = batcher_->flush()) ready_.push_back({std::move(*rest), last_received_});
      if (ready_.empty()) break;
      auto next = std::move(ready_.front());
      ready_.pop_front();
      fan_out(std::move(next));
      pay_credit();
    }
    if (!work_ && ended_ && finish_ && finish_->pending()) finish_->deliver();
  }

  void fan_out(ready_batch batch) {
    work_.emplace();
    work_->begin = steady::now();
    work_->data = preprocessor_.process(std::move(batch.content));
    note(work_->data.losses);
    work_->lag_from = settings_.data_time_is_wall_time ? work_->data.end : batch.completed;
    work_->items = table_.prepare(work_->data);
    work_->replies.resize(work_->items.size());
    work_->outstanding = work_->items.size();
    for (std::size_t i = 0; i < work_->items.size(); ++i) {
      auto& item = work_->items[i];
      auto* member = crew_.find(item.job);
      auto generation = member->generation;
      ask(self_, member->actor, std::make_shared<const job_task>(std::move(item.task)))
        .then([this, i](const reply_ptr& reply) { fan_in(i, reply); },
              [this, i, id = item.job, generation](const caf::error& e) {
                on_death(id, generation, e);
                fan_in(i, nullptr);
              });
    }
    if (work_->outstanding == 0) book();
  }

  void note(const std::vector<message_loss>& losses) {
    for (const auto& loss : losses) {
      counter(self_->system(), "batch.refused-messages", "Messages of a batch that no job gets to see.",
              {{"service", settings_.service}, {"reason", std::string(loss.reason)}})
        ->inc(static_cast<std::int64_t>(loss.messages));
      if (!loss.warning.empty()) spdlog::warn("messages_refused reason={} {}", loss.reason, loss.warning);
    }
  }

  void fan_in(std::size_t item, const reply_ptr& reply) {
    work_->replies[item] = reply;
    if (--work_->outstanding > 0) return;
    book();
    advance();
    pay_credit();
  }

  void book() {
    auto done = std::move(*work_);
    work_.reset();
    auto report = std::make_shared<batch_report>();
    report->fan_out_seconds = std::chrono::duration<double>(steady::now() - done.begin).count();
    report->had_work = !done.items.empty();
    auto results = std::make_shared<result_set>();
    std::map<job_id, const job_reply*> replies;
    for (std::size_t i = 0; i < done.items.size(); ++i) {
      if (!done.replies[i]) continue;
      const auto& reply = *done.replies[i];
      book(done.items[i].job, reply);
      replies.emplace(done.items[i].job, &reply);
      if (reply.result) results->results.push_back(reply.result);
    }
    ++batches_;
    metrics_.batches->inc();
    metrics_.messages->inc(static_cast<std::int64_t>(done.data.messages));
    metrics_.events->inc(static_cast<std::int64_t>(done.data.events));
    if (report->had_work) metrics_.fan_out->observe(report->fan_out_seconds);
    fill(*report, done, replies);
    for (const auto& id : table_.remove_finished())
      crew_.dismiss(id);
    metrics_.jobs->value(static_cast<std::int64_t>(table_.jobs().size()));
    if (!results->results.empty()) {
      results->service = settings_.service;
      results->batch = batches_;
      results->lag_from = done.lag_from;
      tell(self_, publisher_, result_set_ptr(std::move(results)));
    }
    tell(self_, reporter_, batch_report_ptr(std::move(report)));
  }

  void book(const job_id& id, const job_reply& reply) {
    table_.book(id, reply);
    auto* member = crew_.find(id);
    if (member == nullptr) return;
    member->metrics.observe(reply);
    if (++member->batches_alive >= healthy_batches) member->restarts = 0;
    if (reply.push == step::failed) spdlog::warn("job_warning job={} text={}", to_string(id), reply.push_error);
    if (reply.finalize == step::failed) spdlog::error("job_error job={} text={}", to_string(id), reply.finalize_error);
    if (!reply.absent_outputs.empty()) spdlog::warn("job_warning job={} text={}", to_string(id), reply.absent_outputs);
    if (reply.start_set_back)
      spdlog::warn("job_start_time_relatched job={} start_time={} end_time={}", to_string(id), reply.start->ns,
                   reply.end->ns);
  }

  void fill(batch_report& report, const batch_in_work& done, const std::map<job_id, const job_reply*>& replies) {
    report.service = settings_.service;
    report.batch = batches_;
    report.start = done.data.start;
    report.end = done.data.end;
    report.messages = done.data.messages;
    report.events = done.data.events;
    report.jobs.reserve(table_.jobs().size());
    for (const auto& j : table_.jobs()) {
      job_report line;
      line.label = crew_.find(j.id)->label;
      line.state = j.state();
      line.text = j.error.empty() ? j.warning : j.error;
      if (auto reply = replies.find(j.id); reply != replies.end()) {
        line.worked = true;
        line.events = reply->second->events.received;
        line.seconds = reply->second->seconds;
      }
      report.jobs.push_back(std::move(line));
    }
  }

  // --- a job's actor dies
  // ----------------------------------------------------------------------------------------------

  void watch(const crew_member& member) {
    auto id = member.order->id;
    watcher_.watch(member.actor, [this, id, generation = member.generation](const caf::error& reason) {
      on_death(id, generation, reason);
    });
  }

  // Heard of once or twice, from the watcher and from a request without answer.
  void on_death(const job_id& id, std::uint64_t generation, const caf::error& reason) {
    auto* member = crew_.find(id);
    if (member == nullptr || member->generation != generation || !member->actor) return;
    member->actor = nullptr;
    member->metrics.deaths->inc();
    replace(id, *member, fmt::format("Job actor died: {}.", to_string(reason)));
  }

  void replace(const job_id& id, crew_member& member, const std::string& why) {
    auto given_up = member.restarts >= settings_.restart_limit;
    auto text = fmt::format(
      "{} What the job had accumulated is lost. {}", why,
      given_up ? fmt::format("Given up after {} restarts; stop the job and start it again.", member.restarts)
               : fmt::format("Restart {} of {}.", member.restarts + 1, settings_.restart_limit));
    spdlog::error("job_lost job={} text={}", to_string(id), text);
    table_.lost(id, std::move(text));
    if (given_up) return;
    auto delay = settings_.restart_delay * (1 << std::min<std::size_t>(member.restarts, 10));
    ++member.restarts;
    self_->run_delayed(delay, [this, id, order = member.order] { restart(id, order); });
  }

  void restart(const job_id& id, const order_ptr& order) {
    auto* member = crew_.find(id);
    if (member == nullptr || member->order != order) return; // stopped or replaced meanwhile
    auto actor = settings_.spawn(self_->system(), *order);
    auto done = [this, id, order, actor](const std::string& problem) {
      auto* present = crew_.find(id);
      if (present == nullptr || present->order != order) {
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
      } else if (!problem.empty()) {
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
        replace(id, *present, fmt::format("The workflow could not be built again: {}.", problem));
      } else {
        watch(crew_.hire(order, actor));
        table_.returned(id);
        spdlog::info("job_restarted job={}", to_string(id));
      }
    };
    ask(self_, actor, build_atom_v).then(done, [done](const caf::error& e) { done(to_string(e)); });
  }

  coordinator_actor::pointer self_;
  coordinator_settings settings_;
  publisher_actor publisher_;
  reporter_actor reporter_;
  watcher watcher_;
  caf::strong_actor_ptr source_;
  std::uint32_t credit_owed_ = 0;
  timestamp last_received_;

  std::unique_ptr<batcher> batcher_;
  preprocessor preprocessor_;
  job_table table_;
  job_crew crew_;
  service_metrics metrics_;
  std::deque<ready_batch> ready_;
  std::deque<command> commands_;
  std::optional<batch_in_work> work_;
  std::uint64_t batches_ = 0;
  bool ended_ = false;
  std::optional<caf::typed_response_promise<void>> finish_;
};

} // namespace

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter) {
  return system.spawn<caf::stateful_actor<coordinator_state, coordinator_actor::impl>>(settings, publisher, reporter);
}

} // namespace livedata
