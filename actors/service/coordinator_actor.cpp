#include "actors/service/coordinator_actor.hpp"

#include "actors/batching/batcher.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"
#include "actors/profile/phase_meter.hpp"
#include "actors/service/agenda.hpp"
#include "actors/service/backpressure.hpp"
#include "actors/service/batch_in_work.hpp"
#include "actors/service/batcher_watch.hpp"
#include "actors/service/fan_out.hpp"
#include "actors/service/job_log.hpp"
#include "actors/service/job_office.hpp"
#include "actors/service/publish_cadence.hpp"
#include "actors/service/service_metrics.hpp"
#include "actors/service/service_voice.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// Chunks come at least so often while data time is wall time.
constexpr auto longest_silence = std::chrono::milliseconds(100);

class coordinator_state {
public:
  static inline const char* name = "livedata.coordinator";

  coordinator_state(coordinator_actor::pointer self, coordinator_settings settings, publisher_actor publisher,
                    reporter_actor reporter)
    : self_(self), settings_(std::move(settings)), reporter_(std::move(reporter)), credit_(self, settings_.number),
      batcher_(settings_.make_batcher
                 ? settings_.make_batcher()
                 : make_batcher(settings_.batch_kind, settings_.batch_length, settings_.batch_adaptive)),
      cadence_(settings_.publish_interval, settings_.batch_length),
      lengths_(settings_.service, *batcher_, settings_.recorded_lengths, settings_.note_length),
      batcher_watch_(self->system(), settings_.service, *batcher_), synthesizer_(*settings_.inst, settings_.service),
      preprocessor_(*settings_.inst, settings_.service), metrics_(self->system(), settings_.service),
      meter_(self->system()), voice_(self, settings_, std::move(publisher), metrics_),
      jobs_(self, settings_, metrics_, latest_,
            {[this] { go_on(); }, [this](const job_id& id) { start_from_memory(id); },
             [this](const auto& result) { publish({result}, last_received_); }}),
      fan_out_(self, jobs_, settings_.fan_out, [this] {
        book();
        go_on();
      }) {
    survive_stray_errors(self);
    self->set_exception_handler(
      [this](std::exception_ptr& e) { return voice_.fail(e, jobs_.table(), batcher_->batch_length()); });
  }

  coordinator_actor::behavior_type make_behavior() {
    if (settings_.status && settings_.heartbeat_interval.count() > 0) beat();
    return {
      [this](const portion_ptr& chunk) { take(*chunk); },
      [this](const order_ptr& order) { return start_job(order); },
      [this](remove_atom, const job_id_ptr& id) { return between_batches([this, id] { return jobs_.remove(*id); }); },
      [this](clear_atom, const job_id_ptr& id) { return between_batches([this, id] { return jobs_.clear(*id); }); },
      [this](status_atom) { return between_batches([this] { return jobs_.statuses(); }); },
      [this](const statistics_ptr& statistics) { voice_.attach(*statistics); },
      [this](end_atom) { end(); },
      [this](end_atom, std::string& why) {
        end_error_ = std::move(why);
        end();
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

  void take(const message_portion& chunk) {
    const phase_meter::span placing(meter_, phase::batch);
    agenda_.begin_cycle();
    credit_.took_portion();
    last_received_ = chunk.received;
    clock_ = chunk.mark.clock;
    lengths_.before(chunk.mark.number, *batcher_);
    for (const auto& c : chunk.control)
      std::visit([this](const auto& content) { steer(content); }, c);
    auto messages = synthesizer_.process(chunk.messages, chunk.mark.arrived);
    jobs_.came(messages);
    place(std::move(messages), chunk.received);
    note(synthesizer_.take_losses());
    for (const auto& text : synthesizer_.take_notes())
      spdlog::info("{}", text);
    if (chunk.messages.empty() && !fan_out_.busy() && agenda_.empty()) {
      batcher_->report_batch(std::nullopt, {}, clock_);
      watch_batcher();
    }
  }

  void place(std::vector<stream_message> messages, timestamp received) {
    auto batch = batcher_->add(std::move(messages), clock_);
    for (; batch; batch = short_batches() ? batcher_->add({}, clock_) : std::nullopt)
      agenda_.add(ready_batch{std::move(*batch), received});
    watch_batcher();
    go_on();
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
    // Where data time is not the time on the wall, it also waits for jobs that catch up.
    if (agenda_.batches() > 1 || (!settings_.data_time_is_wall_time && jobs_.is_behind())) return;
    credit_.pay();
  }

  // Also while jobs are at work: a long batch does not make the service look dead.
  void beat() {
    voice_.beat(jobs_.table(), batcher_->batch_length());
    self_->run_delayed(settings_.heartbeat_interval, [this] { beat(); });
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
    auto answer = [this, c](const std::string& problem) { voice_.acknowledge(answer_to(c, problem)); };
    if (*recipe)
      jobs_.build(agenda_,
                  std::make_shared<const job_order>(job_order{c.job, **recipe, c.schedule, "command " + c.message_id}),
                  answer);
    else
      agenda_.add([answer, text = recipe->error().message] { answer(text); });
  }

  void steer(const job_command& c) {
    agenda_.add([this, c] {
      auto outcome = execute(jobs_.table(), c, latest_);
      if (!outcome.answer) return;
      jobs_.follow(outcome);
      voice_.acknowledge(*outcome.answer);
    });
  }

  void steer(const run_start& r) {
    spdlog::info("run_start name={} start={} stop={}", r.run_name, r.start.ns, r.stop ? r.stop->ns : 0);
    agenda_.add([this, r] {
      jobs_.expect_run_transition(r.start);
      if (r.stop) jobs_.expect_run_transition(*r.stop);
    });
  }

  void steer(const run_stop& r) {
    spdlog::info("run_stop name={} stop={}", r.run_name, r.stop.ns);
    agenda_.add([this, r] { jobs_.expect_run_transition(r.stop); });
  }

  caf::result<std::string> start_job(const order_ptr& order) {
    auto promise = self_->make_response_promise<std::string>();
    if (auto ok = order->schedule.check(); !ok) {
      promise.deliver(ok.error().message);
    } else {
      agenda_.begin_cycle();
      jobs_.build(agenda_, order, [promise](const std::string& problem) mutable { promise.deliver(problem); });
    }
    return promise;
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

  // --- the cycle
  // -------------------------------------------------------------------------------------------------------

  void go_on() {
    advance();
    pay_credit();
  }

  // Commands and batches one after the other, in the order in which they came.
  void advance() {
    if (advances_) return;
    advances_ = true;
    work_off();
    advances_ = false;
    if (fan_out_.busy() || !agenda_.empty() || !closed_ || !finish_ || !finish_->pending()) return;
    voice_.say_last_words(jobs_.table(), batcher_->batch_length(), end_error_);
    finish_->deliver();
  }

  void work_off() {
    while (!fan_out_.busy()) {
      if (agenda_.empty() && ended_ && !closed_) close();
      if (agenda_.cycle_is_over()) voice_.publish_answers();
      auto next = agenda_.take();
      if (!next) break;
      if (next->act) {
        next->act();
      } else {
        start_batch(std::move(*next->batch));
        pay_credit();
      }
    }
  }

  void end() {
    ended_ = true;
    advance();
  }

  // Everything that came is worked off: what the batcher holds becomes the last batch, jobs catch up unless that would
  // keep people waiting, and results that were held back go out.
  void close() {
    lengths_.at_end(*batcher_);
    if (auto rest = batcher_->flush()) {
      agenda_.add(ready_batch{std::move(*rest), last_received_, true});
      return;
    }
    if (settings_.data_time_is_wall_time) jobs_.stop_catching_up();
    if (jobs_.is_catching_up()) return;
    closed_ = true;
    auto held = std::ranges::any_of(jobs_.table().jobs(), [](const auto& j) { return j.pending; });
    if (held && data_clock_ && (settings_.publish_interval > settings_.batch_length || jobs_.has_caught_up()))
      agenda_.add(ready_batch{{*data_clock_, *data_clock_, {}}, last_received_, true});
  }

  void start_batch(ready_batch batch) {
    batch_in_work work;
    jobs_.begins(batch.content);
    work.data = preprocessor_.process(std::move(batch.content));
    note(work.data.losses);
    work.lag_from = settings_.data_time_is_wall_time ? work.data.end : batch.completed;
    data_clock_ = work.data.end;
    auto hold = cadence_.holds(work.data.end) && !batch.last;
    if (!hold) (void)jobs_.has_caught_up();
    auto prepared = jobs_.table().prepare(work.data, latest_, hold);
    jobs_.given(work.data);
    give_out(std::move(work), std::move(prepared));
  }

  // A job that works on what is remembered, such as the values of a log, need not wait for more of it. Decided by the
  // data clock and right after the command, so that it does not depend on when messages come.
  void start_from_memory(const job_id& id) {
    if (!data_clock_) return;
    batch_in_work work;
    work.data = {*data_clock_, *data_clock_, {}, 0, 0};
    work.lag_from = last_received_;
    work.from_memory = true;
    auto prepared = jobs_.table().start_from_memory(id, *data_clock_, latest_);
    if (!prepared.work.empty() || !prepared.activated.empty() || !prepared.waiting.empty())
      give_out(std::move(work), std::move(prepared));
  }

  void give_out(batch_in_work work, job_table::preparation prepared) {
    for (const auto& id : prepared.resets)
      jobs_.clear_actor(id);
    log_phases(prepared);
    work.items = std::move(prepared.work);
    if (!fan_out_.begin(std::move(work))) book();
  }

  void note(const std::vector<message_loss>& losses) {
    for (const auto& loss : losses) {
      counter(self_->system(), "batch.refused-messages", "Messages of a batch that no job gets to see.",
              {{"service", settings_.service}, {"reason", std::string(loss.reason)}})
        ->inc(static_cast<std::int64_t>(loss.messages));
      if (!loss.warning.empty()) spdlog::warn("messages_refused reason={} {}", loss.reason, loss.warning);
    }
  }

  void book() {
    auto done = fan_out_.take();
    std::vector<std::shared_ptr<const job_result>> results;
    for (std::size_t i = 0; i < done.items.size(); ++i) {
      if (!done.replies[i]) continue;
      jobs_.book(done.items[i].job, *done.replies[i]);
      if (const auto& r = done.replies[i]->result) results.push_back(r);
    }
    if (!done.from_memory) report(done);
    jobs_.dismiss_finished();
    publish(std::move(results), done.lag_from);
  }

  // Answers that came before go first.
  void publish(std::vector<std::shared_ptr<const job_result>> results, timestamp lag_from) {
    voice_.publish_answers();
    if (results.empty()) return;
    std::vector<outgoing_message> devices;
    for (const auto& r : results)
      devices.insert(devices.end(), r->devices.begin(), r->devices.end());
    voice_.publish(
      std::make_shared<const result_set>(result_set{settings_.service, batches_, lag_from, std::move(results)}));
    voice_.publish(std::move(devices));
  }

  void report(const batch_in_work& done) {
    auto report = std::make_shared<batch_report>(
      reports_.make(done, jobs_.table(), [this](const job_id& id) { return jobs_.find(id)->label; }));
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

  coordinator_actor::pointer self_;
  coordinator_settings settings_;
  reporter_actor reporter_;
  backpressure credit_;
  timestamp last_received_;
  // The only one that the batcher sees: that of the last chunk, so that a replay of the chunks gives the same batches.
  duration clock_;

  std::unique_ptr<batcher> batcher_;
  publish_cadence cadence_;
  batch_length_log lengths_;
  batcher_watch batcher_watch_;
  stream_synthesizer synthesizer_;
  preprocessor preprocessor_;
  context_lookup latest_ = [this](const std::string& stream) { return preprocessor_.context(stream); };
  service_metrics metrics_;
  phase_meter meter_;
  service_voice voice_;
  job_office jobs_;
  agenda agenda_;
  fan_out fan_out_;
  batch_reports reports_;
  // The end of the last batch.
  std::optional<timestamp> data_clock_;
  std::uint64_t batches_ = 0;
  // No more data will come; and what there was is on the agenda.
  bool ended_ = false;
  std::optional<std::string> end_error_;
  bool closed_ = false;
  // Within advance(), whatever calls it again from there.
  bool advances_ = false;
  std::optional<caf::typed_response_promise<void>> finish_;
};

} // namespace

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter) {
  return system.spawn<caf::stateful_actor<coordinator_state, coordinator_actor::impl>>(settings, publisher, reporter);
}

} // namespace livedata
