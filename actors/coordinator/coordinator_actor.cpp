#include "actors/coordinator/coordinator_actor.hpp"

#include "actors/coordinator/agenda.hpp"
#include "actors/coordinator/batch_in_work.hpp"
#include "actors/coordinator/batcher/batcher.hpp"
#include "actors/coordinator/batcher_watch.hpp"
#include "actors/coordinator/intake/intake.hpp"
#include "actors/coordinator/job_keeper.hpp"
#include "actors/coordinator/job_log.hpp"
#include "actors/coordinator/preprocess/preprocessor.hpp"
#include "actors/coordinator/publish_cadence.hpp"
#include "actors/coordinator/service_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// Chunks come at least so often while data time is wall time.
constexpr auto longest_silence = std::chrono::milliseconds(100);
// A job that has lived this many batches after a restart counts as healthy again.
constexpr std::size_t healthy_batches = 100;

class coordinator_state {
public:
  static inline const char* name = "livedata.coordinator";

  coordinator_state(coordinator_actor::pointer self, coordinator_settings settings, publisher_actor publisher,
                    reporter_actor reporter)
    : self_(self), settings_(std::move(settings)), publisher_(std::move(publisher)), reporter_(std::move(reporter)),
      batcher_(settings_.make_batcher
                 ? settings_.make_batcher()
                 : make_batcher(settings_.batch_kind, settings_.batch_length, settings_.batch_adaptive)),
      cadence_(settings_.publish_interval, settings_.batch_length),
      lengths_(settings_.service, *batcher_, settings_.recorded_lengths, settings_.note_length),
      batcher_watch_(self->system(), settings_.service, *batcher_), intake_(*settings_.inst, settings_.service),
      preprocessor_(*settings_.inst, settings_.service),
      keeper_(self, {settings_.spawn, settings_.restart_limit, settings_.restart_delay},
              {[this](const job_id& id, std::string why) { table_.lost(id, std::move(why)); },
               [this](const job_id& id) { table_.returned(id); }}),
      metrics_(self->system(), settings_.service), heartbeats_(identity(settings_), settings_.status) {
    survive_stray_errors(self);
    self->set_exception_handler([this](std::exception_ptr& e) { return fail(e); });
  }

  coordinator_actor::behavior_type make_behavior() {
    if (settings_.status && settings_.heartbeat_interval.count() > 0) beat();
    return {
      [this](const chunk_ptr& chunk) { take(*chunk); },
      [this](const order_ptr& order) { return start_job(order); },
      [this](remove_atom, const job_id_ptr& id) { return between_batches([this, id] { return remove_job(*id); }); },
      [this](clear_atom, const job_id_ptr& id) { return between_batches([this, id] { return clear_job(*id); }); },
      [this](status_atom) { return between_batches([this] { return job_statuses(); }); },
      [this](const statistics_ptr& statistics) { heartbeats_.attach(*statistics); },
      [this](end_atom) {
        ended_ = true;
        advance();
      },
      [this](finish_atom) {
        finish_ = self_->make_response_promise<void>();
        advance();
        return *finish_;
      },
    };
  }

private:
  // --- messages in
  // -----------------------------------------------------------------------------------------------------

  void take(const message_chunk& chunk) {
    agenda_.begin_cycle();
    source_ = self_->current_sender();
    ++credit_owed_;
    last_received_ = chunk.received;
    clock_ = chunk.mark.clock;
    lengths_.before(chunk.mark.number, *batcher_);
    for (const auto& c : chunk.control)
      std::visit([this](const auto& content) { steer(content); }, c);
    place(intake_.process(chunk.messages, chunk.mark.arrived), chunk.received);
    note(intake_.take_losses());
    for (const auto& text : intake_.take_notes())
      spdlog::info("{}", text);
    if (chunk.messages.empty() && !work_ && agenda_.empty()) {
      batcher_->report_batch(std::nullopt, {}, clock_);
      watch_batcher();
    }
  }

  void place(std::vector<stream_message> messages, timestamp received) {
    auto batch = batcher_->add(std::move(messages), clock_);
    for (; batch; batch = short_batches() ? batcher_->add({}, clock_) : std::nullopt)
      agenda_.add(ready_batch{std::move(*batch), received});
    watch_batcher();
    advance();
    pay_credit();
  }

  void watch_batcher() {
    lengths_.look(*batcher_);
    batcher_watch_.look(*batcher_);
  }

  // One batch for each call is enough while calls come faster than batches.
  bool short_batches() const {
    return batcher_->batch_length().ns <= std::chrono::nanoseconds(longest_silence).count();
  }

  // The source may send on as long as at most one complete batch waits behind the one in work. So it is slowed down
  // when the jobs fall behind, and never when the batcher still needs messages to complete a batch.
  void pay_credit() {
    metrics_.waiting->value(static_cast<std::int64_t>(agenda_.batches()));
    if (credit_owed_ == 0 || agenda_.batches() > 1) return;
    if (auto source = caf::actor_cast<source_actor>(source_))
      tell(self_, source, credit_atom_v, settings_.number, std::exchange(credit_owed_, 0U));
  }

  // --- status
  // ----------------------------------------------------------------------------------------------------------

  static service_heartbeat identity(const coordinator_settings& s) {
    service_heartbeat h;
    h.instrument = s.inst->name;
    h.service_name = s.service;
    h.worker_id = s.worker_id;
    h.started_at = s.started_at;
    return h;
  }

  // Also while jobs are at work: a long batch does not make the service look dead.
  void beat() {
    publish(heartbeats_.regular(table_, batcher_->batch_length()));
    self_->run_delayed(settings_.heartbeat_interval, [this] { beat(); });
  }

  // An error of the program ends the service, and its last words say so.
  caf::error fail(const std::exception_ptr& e) {
    std::string text = "an exception that is no std::exception";
    try {
      std::rethrow_exception(e);
    } catch (const std::exception& x) {
      text = x.what();
    } catch (...) {
    }
    spdlog::critical("service_error service={} text={}", settings_.service, text);
    publish(heartbeats_.last(table_, batcher_->batch_length(), text));
    return caf::make_error(caf::sec::runtime_error, text);
  }

  // --- commands
  // --------------------------------------------------------------------------------------------------------

  void steer(const start_command& c) {
    auto recipe = settings_.recipes ? settings_.recipes(c) : std::nullopt;
    if (!recipe) {
      spdlog::debug("workflow_not_found workflow={} job={}", to_string(c.workflow), to_string(c.job));
      return;
    }
    spdlog::info("processing_command kind=workflow_config workflow={} job={} message_id={}", to_string(c.workflow),
                 to_string(c.job), c.message_id);
    auto answer = [this, c](const std::string& problem) { acknowledge(answer_to(c, problem)); };
    if (*recipe)
      build(std::make_shared<const job_order>(job_order{c.job, **recipe, c.schedule, "command " + c.message_id}),
            answer);
    else
      agenda_.add([answer, text = recipe->error().message] { answer(text); });
  }

  void steer(const job_command& c) {
    agenda_.add([this, c] {
      auto outcome = execute(table_, c, latest_);
      if (!outcome.answer) return;
      for (const auto& id : outcome.cleared)
        clear_actor(id);
      for (const auto& id : outcome.removed)
        keeper_.dismiss(id);
      count_jobs();
      acknowledge(*outcome.answer);
    });
  }

  void steer(const run_start& r) {
    spdlog::info("run_start name={} start={} stop={}", r.run_name, r.start.ns, r.stop ? r.stop->ns : 0);
    agenda_.add([this, r] {
      table_.expect_run_transition(r.start);
      if (r.stop) table_.expect_run_transition(*r.stop);
    });
  }

  void steer(const run_stop& r) {
    spdlog::info("run_stop name={} stop={}", r.run_name, r.stop.ns);
    agenda_.add([this, r] { table_.expect_run_transition(r.stop); });
  }

  void acknowledge(const acknowledgement& a) {
    (a.error ? metrics_.commands_refused : metrics_.commands)->inc();
    spdlog::info("command_answered message_id={} device={} response={} text={}", a.message_id, a.device,
                 a.error ? "ERR" : "ACK", a.error.value_or(""));
    answers_.push_back(answer_message(a));
  }

  void publish(std::vector<outgoing_message> messages) {
    if (messages.empty()) return;
    tell(self_, publisher_, std::make_shared<const std::vector<outgoing_message>>(std::move(messages)));
  }

  // --- jobs come and go
  // ------------------------------------------------------------------------------------------------

  // Workflows are built side by side, but take effect as commands in the order in which they came; the next batch waits
  // for that. So neither the table nor the first batch of a job depends on how long building takes.
  void build(const order_ptr& order, std::function<void(const std::string& problem)> answer) {
    auto problem = std::make_shared<std::optional<std::string>>();
    auto actor = keeper_.build(order, [this, problem](const std::string& text) {
      *problem = text;
      advance();
    });
    agenda_.add_when([problem] { return problem->has_value(); },
                     [this, order, actor, problem, answer = std::move(answer)] {
                       if ((*problem)->empty())
                         enter(order, actor);
                       else
                         end_job(actor);
                       answer(**problem);
                     });
  }

  caf::result<std::string> start_job(const order_ptr& order) {
    auto promise = self_->make_response_promise<std::string>();
    if (auto ok = order->schedule.check(); !ok) {
      promise.deliver(ok.error().message);
    } else {
      agenda_.begin_cycle();
      build(order, [promise](const std::string& problem) mutable { promise.deliver(problem); });
    }
    return promise;
  }

  void enter(const order_ptr& order, const job_actor& actor) {
    keeper_.take_on(order, actor);
    table_.add(make_entry(order->id, *order->recipe, order->schedule));
    count_jobs();
    spdlog::info("job_scheduled job={} workflow={}", to_string(order->id), to_string(order->recipe->id()));
    start_from_memory(order->id);
  }

  // Runs a command as soon as no batch is in work, and answers with what it gives.
  template <class F>
  auto between_batches(F action) -> caf::result<decltype(action())> {
    auto promise = self_->template make_response_promise<decltype(action())>();
    agenda_.begin_cycle();
    agenda_.add([promise, action = std::move(action)]() mutable { promise.deliver(action()); });
    advance();
    return promise;
  }

  bool remove_job(const job_id& id) {
    keeper_.dismiss(id);
    auto found = table_.remove(id);
    count_jobs();
    return found;
  }

  bool clear_job(const job_id& id) {
    if (table_.reset(id, latest_) != job_table::answer::done) return false;
    clear_actor(id);
    return true;
  }

  void clear_actor(const job_id& id) {
    if (auto* member = keeper_.find(id); member != nullptr && member->actor) tell(self_, member->actor, clear_atom_v);
  }

  job_statuses_ptr job_statuses() const {
    auto out = std::make_shared<std::vector<job_heartbeat>>();
    for (const auto& j : table_.jobs())
      out->push_back(j.heartbeat());
    return out;
  }

  void count_jobs() { metrics_.jobs->value(static_cast<std::int64_t>(table_.jobs().size())); }

  // --- the cycle
  // -------------------------------------------------------------------------------------------------------

  // Commands and batches one after the other, in the order in which they came.
  void advance() {
    while (!work_) {
      if (agenda_.empty() && ended_ && !closed_) close();
      if (agenda_.cycle_is_over()) publish(std::exchange(answers_, {}));
      auto next = agenda_.take();
      if (!next) break;
      if (next->act) {
        next->act();
      } else {
        start_batch(std::move(*next->batch));
        pay_credit();
      }
    }
    if (work_ || !agenda_.empty() || !ended_ || !finish_ || !finish_->pending()) return;
    publish(heartbeats_.last(table_, batcher_->batch_length()));
    finish_->deliver();
  }

  // Everything that came is worked off: what the batcher holds becomes the last batch, and results that were held back
  // go out.
  void close() {
    lengths_.at_end(*batcher_);
    if (auto rest = batcher_->flush()) {
      agenda_.add(ready_batch{std::move(*rest), last_received_, true});
      return;
    }
    closed_ = true;
    auto held = std::any_of(table_.jobs().begin(), table_.jobs().end(), [](const auto& j) { return j.pending; });
    if (held && data_clock_ && settings_.publish_interval > settings_.batch_length)
      agenda_.add(ready_batch{{*data_clock_, *data_clock_, {}}, last_received_, true});
  }

  void start_batch(ready_batch batch) {
    batch_in_work work;
    work.data = preprocessor_.process(std::move(batch.content));
    note(work.data.losses);
    work.lag_from = settings_.data_time_is_wall_time ? work.data.end : batch.completed;
    data_clock_ = work.data.end;
    auto prepared = table_.prepare(work.data, latest_, cadence_.holds(work.data.end) && !batch.last);
    fan_out(std::move(work), std::move(prepared));
  }

  // A job that works on what is remembered, such as the values of a log, need not wait for more of it. Decided by the
  // data clock and right after the command, so that it does not depend on when messages come.
  void start_from_memory(const job_id& id) {
    if (!data_clock_) return;
    batch_in_work work;
    work.data = {*data_clock_, *data_clock_, {}, 0, 0};
    work.lag_from = last_received_;
    work.from_memory = true;
    auto prepared = table_.start_from_memory(id, *data_clock_, latest_);
    if (!prepared.work.empty() || !prepared.activated.empty() || !prepared.waiting.empty())
      fan_out(std::move(work), std::move(prepared));
  }

  void fan_out(batch_in_work work, job_table::preparation prepared) {
    for (const auto& id : prepared.resets)
      clear_actor(id);
    log_phases(prepared);
    work_ = std::move(work);
    work_->items = std::move(prepared.work);
    work_->replies.resize(work_->items.size());
    work_->outstanding = work_->items.size();
    for (std::size_t i = 0; i < work_->items.size(); ++i) {
      auto& item = work_->items[i];
      auto* member = keeper_.find(item.job);
      auto generation = member->generation;
      ask(self_, member->actor, std::make_shared<const job_task>(std::move(item.task)))
        .then([this, i](const reply_ptr& reply) { fan_in(i, reply); },
              [this, i, id = item.job, generation](const caf::error& e) {
                keeper_.died(id, generation, e);
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
    auto results = std::make_shared<result_set>();
    std::vector<outgoing_message> devices;
    for (std::size_t i = 0; i < done.items.size(); ++i) {
      if (!done.replies[i]) continue;
      const auto& reply = *done.replies[i];
      book(done.items[i].job, reply);
      if (!reply.result) continue;
      results->results.push_back(reply.result);
      devices.insert(devices.end(), reply.result->devices.begin(), reply.result->devices.end());
    }
    if (!done.from_memory) report(done);
    for (const auto& id : table_.remove_finished())
      keeper_.dismiss(id);
    count_jobs();
    publish(std::exchange(answers_, {}));
    if (!results->results.empty()) {
      results->service = settings_.service;
      results->batch = batches_;
      results->lag_from = done.lag_from;
      tell(self_, publisher_, result_set_ptr(std::move(results)));
    }
    publish(std::move(devices));
  }

  void report(const batch_in_work& done) {
    auto report = std::make_shared<batch_report>(
      make_report(done, table_, [this](const job_id& id) { return keeper_.find(id)->label; }));
    report->service = settings_.service;
    report->batch = ++batches_;
    metrics_.batches->inc();
    metrics_.messages->inc(static_cast<std::int64_t>(done.data.messages));
    metrics_.events->inc(static_cast<std::int64_t>(done.data.events));
    if (report->had_work) metrics_.fan_out->observe(report->fan_out_seconds);
    batcher_->report_batch(done.data.messages, duration::from_seconds(report->fan_out_seconds), clock_);
    watch_batcher();
    tell(self_, reporter_, batch_report_ptr(std::move(report)));
  }

  void book(const job_id& id, const job_reply& reply) {
    table_.book(id, reply);
    auto* member = keeper_.find(id);
    if (member == nullptr) return;
    member->metrics.observe(reply);
    if (++member->batches_alive >= healthy_batches) member->restarts = 0;
    log_failures(id, reply);
  }

  coordinator_actor::pointer self_;
  coordinator_settings settings_;
  publisher_actor publisher_;
  reporter_actor reporter_;
  caf::strong_actor_ptr source_;
  std::uint32_t credit_owed_ = 0;
  timestamp last_received_;
  // The only one that the batcher sees: that of the last chunk, so that a replay of the chunks gives the same batches.
  duration clock_;

  std::unique_ptr<batcher> batcher_;
  publish_cadence cadence_;
  length_course lengths_;
  batcher_watch batcher_watch_;
  intake intake_;
  preprocessor preprocessor_;
  context_lookup latest_ = [this](const std::string& stream) { return preprocessor_.context(stream); };
  job_table table_;
  job_keeper keeper_;
  service_metrics metrics_;
  heartbeats heartbeats_;
  agenda agenda_;
  std::optional<batch_in_work> work_;
  // Answers to commands that have taken effect. They go out with the results of their cycle, before them.
  std::vector<outgoing_message> answers_;
  // The end of the last batch.
  std::optional<timestamp> data_clock_;
  std::uint64_t batches_ = 0;
  // No more data will come; and what there was is on the agenda.
  bool ended_ = false;
  bool closed_ = false;
  std::optional<caf::typed_response_promise<void>> finish_;
};

} // namespace

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter) {
  return system.spawn<caf::stateful_actor<coordinator_state, coordinator_actor::impl>>(settings, publisher, reporter);
}

} // namespace livedata
