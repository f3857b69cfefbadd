#include "actors/service/coordinator_actor.hpp"

#include "actors/batching/first_pulse.hpp"
#include "actors/batching/silence_watch.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"
#include "actors/profile/phase_meter.hpp"
#include "actors/service/agenda.hpp"
#include "actors/service/batch_cycle.hpp"
#include "actors/service/command_intake.hpp"
#include "actors/service/cycle_log.hpp"
#include "actors/service/fan_in_deadline.hpp"
#include "actors/service/job_log.hpp"
#include "actors/service/job_supervisor.hpp"
#include "actors/service/metrics.hpp"
#include "actors/service/output.hpp"
#include "actors/service/publish_cadence.hpp"
#include "actors/service/service_books.hpp"
#include "actors/service/snapshot_keeper.hpp"
#include "actors/service/stream_demand.hpp"
#include "messages/log_limit.hpp"
#include "messages/log_line.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

// Portions come at least so often while data time is wall time.
constexpr auto longest_silence = std::chrono::milliseconds(100);
// A job that has had no data for so long after the start is told of in the log.
constexpr auto patience_without_data = std::chrono::seconds(10);
// In place of the number of a batch.
constexpr auto no_batch = std::numeric_limits<std::uint64_t>::max();

// The cycle: take, place, prepare, fan out, fan in, book, publish.
class coordinator_state : job_events {
public:
  static inline const char* name = "livedata.coordinator";

  coordinator_state(coordinator_actor::pointer self, coordinator_settings settings, publisher_actor publisher,
                    reporter_actor reporter)
    : self_(self), settings_(std::move(settings)), reporter_(std::move(reporter)),
      books_(self->system(), settings_.name(), settings_.in_flight), batcher_(batcher_for(settings_)),
      cadence_(settings_.publish_interval, settings_.batch_length),
      lengths_(settings_.name(), *batcher_, settings_.recorded_lengths, settings_.note),
      cycle_log_(settings_.name(), settings_.recorded_cycles, settings_.note),
      batcher_metrics_(self->system(), settings_.name(), *batcher_), synthesizer_(*settings_.inst, settings_.service),
      preprocessor_(*settings_.inst, settings_.service), metrics_(self->system(), settings_.name()),
      meter_(self->system()), output_(self, settings_, std::move(publisher), [this] { go_on(); }),
      jobs_(self, settings_, latest_, *this), demand_(self, settings_, jobs_.table(),
                                                      [this](const lane_offsets& begins) {
                                                        jobs_.past().begin_at(begins);
                                                        snapshots_.begin_at(begins);
                                                      }),
      commands_(
        settings_, agenda_, jobs_, demand_, cycle_log_, [this] { go_on(); },
        [this](const job_id& id) { start_from_memory(id); }),
      snapshots_(
        self, settings_,
        {batcher_, first_pulse_, cadence_, synthesizer_, preprocessor_, agenda_, jobs_, commands_, data_clock_,
         batches_},
        [this] { go_on(); }, [this] { resumed(); }) {
    survive_stray_errors(self);
    self->set_exception_handler(
      [this](std::exception_ptr& e) { return output_.fail(e, jobs_.table(), batcher_->batch_length()); });
  }

  coordinator_actor::behavior_type make_behavior() {
    if (settings_.status && settings_.heartbeat_interval.count() > 0) beat();
    if (settings_.data_time_is_wall_time) watch_waiting();
    return {
      [this](const portion_ptr& portion) { receive(*portion); },
      [this](const command_ptr& command) { return take(*command); },
      [this](const resumed_ptr& from) {
        auto promise = self_->make_response_promise<void>();
        snapshots_.resume(from, [promise]() mutable { promise.deliver(); });
        return promise;
      },
      [this](save_atom) {
        auto promise = self_->make_response_promise<std::string>();
        snapshots_.want([promise](const std::string& problem) mutable { promise.deliver(problem); });
        advance();
        return promise;
      },
      [this](const statistics_ptr& statistics) { output_.attach(*statistics); },
      [this](status_atom) {
        auto promise = self_->make_response_promise<job_statuses_ptr>();
        agenda_.add([this, promise]() mutable { promise.deliver(jobs_.statuses()); }, {{}, {}, true});
        advance();
        return promise;
      },
      [this](end_atom) { end(std::nullopt); },
      [this](end_atom, std::string& why) { end(std::move(why)); },
      [this](finish_atom) {
        finish_ = self_->make_response_promise<std::uint32_t>();
        advance();
        return *finish_;
      },
    };
  }

private:
  // --- take: what comes in
  // ---------------------------------------------------------------------------------------------

  void receive(const message_portion& portion) {
    source_ = self_->current_sender();
    demand_.met(source_);
    ++credit_owed_;
    if (snapshots_.gathers()) {
      snapshots_.gather(portion);
      pay_credit();
    } else {
      take(portion);
    }
  }

  // What was held in a former run is held again.
  void resumed() {
    const auto [again, saved] = snapshots_.taken_back();
    books_.go_on_with(again, saved);
    auto displaced = snapshots_.take_displaced();
    if (!displaced.empty()) place(std::move(displaced), last_received_);
    for (const auto& portion : snapshots_.take_waiting())
      take(portion);
    go_on();
  }

  void take(const message_portion& portion) {
    const phase_meter::span placing(meter_, phase::batch);
    snapshots_.came(portion);
    if (!std::exchange(begun_, true)) {
      commands_.begin();
      log_scheduled(settings_.name(), jobs_.table());
    }
    last_received_ = portion.received;
    clock_ = portion.mark.clock;
    after_silence_ = silence_.before(!portion.messages.empty(), clock_, batcher_->batch_length());
    lengths_.before(portion.mark.number, *batcher_);
    const command_intake::answer acknowledge = [this](const std::optional<acknowledgement>& a) {
      if (a) output_.acknowledge(*a);
    };
    for (const auto& c : portion.control)
      commands_.take(c, {acknowledge, true});
    books_.came(portion.messages, portion.handed_on);
    // Devices and the like are made of the messages that came.
    auto messages = synthesizer_.process(portion.messages, portion.mark.arrived);
    books_.placed(portion.messages.size(), count_of(messages));
    jobs_.came(messages);
    place(std::move(messages), portion.received);
    note(synthesizer_.take_losses());
    for (const auto& text : synthesizer_.take_notes())
      spdlog::info(plain_log_text(text, false));
    if (portion.messages.empty() && !cycle_.busy() && agenda_.empty()) {
      batcher_->report_batch(std::nullopt, {}, clock_);
      watch_batcher();
    }
  }

  caf::result<std::string> take(const control_message& command) {
    auto promise = self_->make_response_promise<std::string>();
    const command_intake::answer deliver = [promise](const std::optional<acknowledgement>& a) mutable {
      promise.deliver(a ? a->error.value_or("") : "this service has no such workflow, or no such job");
    };
    commands_.take(command, {deliver, false});
    advance();
    return promise;
  }

  // Everything that is here is looked at.
  message_count check_books() {
    auto here = batcher_->content();
    if (here) {
      *here += agenda_.content();
      if (cycle_.busy()) *here += cycle_.work().came;
      *here += count_of(first_pulse_.held());
    }
    return books_.check(here);
  }

  // The source may send on as long as at most one complete batch waits behind the one in work. So it is slowed down
  // when the jobs fall behind, and never when the batcher still needs messages to complete a batch. With too much in
  // flight it has to wait until the jobs are done with a batch.
  void pay_credit() {
    metrics_.waiting->value(static_cast<std::int64_t>(agenda_.batches()));
    // Where data time is not the time on the wall, it also waits for jobs that catch up.
    const auto frees_memory = cycle_.busy() || agenda_.batches() > 0;
    if (credit_owed_ == 0 || agenda_.batches() > 1 || (settings_.in_flight.over() && frees_memory) ||
        (!settings_.data_time_is_wall_time && jobs_.past().is_behind()))
      return;
    if (auto source = caf::actor_cast<source_actor>(source_))
      tell(self_, source, credit_atom_v, settings_.number, std::exchange(credit_owed_, 0U));
  }

  void note(const std::vector<message_loss>& losses) {
    for (const auto& loss : losses) {
      refused_messages(self_->system(), settings_.name(), loss.reason)->inc(static_cast<std::int64_t>(loss.messages));
      if (loss.warning.empty()) continue;
      if (auto left_out = refusals_.admit(loss.reason, steady::now()))
        spdlog::warn(log_line("messages_refused",
                              {{"reason", log_word{loss.reason}}, {"text", loss.warning}, left_out_field(*left_out)}));
    }
  }

  // Also while jobs are at work: a long batch does not make the service look dead.
  void beat() {
    output_.beat(jobs_.table(), batcher_->batch_length());
    self_->run_delayed(settings_.heartbeat_interval, [this] { beat(); });
  }

  // --- place: messages into batches
  // ------------------------------------------------------------------------------------

  void place(std::vector<stream_message> messages, timestamp received) {
    pass_on(first_pulse_.add(std::move(messages), clock_), received);
    watch_batcher();
    go_on();
  }

  // To the batcher, and behind it what came after the first pulse.
  void pass_on(std::vector<stream_message> messages, timestamp received) {
    batch(std::move(messages), received);
    if (auto rest = first_pulse_.take_rest(); !rest.empty()) batch(std::move(rest), received);
  }

  void batch(std::vector<stream_message> messages, timestamp received) {
    auto ready = batcher_->add(std::move(messages), clock_);
    for (; ready; ready = short_batches() ? batcher_->add({}, clock_) : std::nullopt)
      agenda_.add(ready_batch{std::move(*ready), received, false, after_silence_});
  }

  void watch_batcher() {
    lengths_.look(*batcher_);
    batcher_metrics_.observe(*batcher_);
  }

  // One batch for each call is enough while calls come faster than batches.
  bool short_batches() const {
    return batcher_->batch_length().ns <= std::chrono::nanoseconds(longest_silence).count();
  }

  // --- the cycle
  // -------------------------------------------------------------------------------------------------------

  void go_on() override {
    advance();
    pay_credit();
  }

  // Commands and batches one after the other, as far as nothing has to be waited for.
  void advance() {
    if (std::exchange(advances_, true)) return;
    while (step())
      ;
    advances_ = false;
    if (cycle_.busy() || !agenda_.empty() || !closed_ || !finish_ || !finish_->pending()) return;
    (void)check_books();
    output_.end(jobs_.table(), batcher_->batch_length(), end_error_);
    // A workflow that is being built now is waited for no more.
    const auto builds = settings_.data_time_is_wall_time ? jobs_.builds().in_work() : 0;
    finish_->deliver(jobs_given_up_ + static_cast<std::uint32_t>(builds));
  }

  // Whether there may be more to do.
  bool step() {
    if (cycle_.busy()) {
      if (!cycle_.complete()) return false;
      book(cycle_.take());
      return true;
    }
    // At the end there is one more, and no others before it that would have to be waited for.
    if (!ended_) snapshots_.look();
    // Where nothing may be lost for want of time, the publisher is waited for, too.
    if (!settings_.data_time_is_wall_time && output_.full()) return false;
    auto next = agenda_.take();
    if (!next) return ended_ && !closed_ && close();
    if (next->act) {
      next->act();
      tell_of_jobs();
    } else {
      begin(std::move(*next->batch));
      pay_credit();
    }
    return true;
  }

  void begin(ready_batch batch) {
    batch_in_work work;
    work.came = count_of(batch.content.messages);
    jobs_.begins(batch.content);
    work.data = preprocessor_.process(std::move(batch.content));
    note(work.data.losses);
    work.lag_from = settings_.data_time_is_wall_time && !batch.after_silence ? work.data.end : batch.completed;
    data_clock_ = work.data.end;
    auto hold = holds(work.data.end, batch.last);
    if (!hold) (void)jobs_.has_caught_up();
    auto prepared = jobs_.prepare(work.data, hold);
    fan_out(std::move(work), std::move(prepared), agenda_.batches_begun() - 1);
  }

  // Whether the batch that ends then gives no results.
  bool holds(timestamp end, bool last) {
    if (last) return false;
    const auto number = agenda_.batches_begun() - 1;
    if (cadence_.holds(end)) return true;
    const auto full = settings_.data_time_is_wall_time && output_.full();
    held_for_room_ = full || cycle_log_.was_held(number);
    if (full) {
      cycle_log_.held(number);
      metrics_.held->inc();
    }
    return held_for_room_;
  }

  // A job that works on what is remembered, such as the values of a log, need not wait for more of it. Decided by the
  // data clock and right after the command, so that it does not depend on when messages come.
  void start_from_memory(const job_id& id) {
    if (!data_clock_) return;
    batch_in_work work;
    work.data = {*data_clock_, *data_clock_, {}, 0, 0};
    work.lag_from = last_received_;
    work.from_memory = true;
    auto prepared = jobs_.start_from_memory(id, *data_clock_);
    if (!prepared.work.empty() || !prepared.activated.empty() || !prepared.waiting.empty())
      fan_out(std::move(work), std::move(prepared), no_batch);
  }

  void fan_out(batch_in_work work, job_table::preparation prepared, std::uint64_t batch) {
    for (const auto& id : prepared.resets)
      jobs_.clear(id);
    log_phases(settings_.name(), prepared);
    work.items = std::move(prepared.work);
    const auto order = plan_fan_out(work.items, settings_.fan_out);
    work_place place{cycle_.begin(std::move(work), steady::now()), 0, batch};
    for (auto i : order) {
      place.item = i;
      auto& item = cycle_.work().items[i];
      if (cycle_log_.was_dropped(place.batch, item.job)) {
        jobs_.drop(item.job, std::move(item.task));
        cycle_.answered(i, nullptr, steady::now());
      } else if (!jobs_.give(item.job, std::move(item.task), place)) {
        cycle_.answered(i, nullptr, steady::now());
      }
    }
    deadline_.watch();
  }

  void answered(std::uint64_t cycle, std::size_t item, const job_id& id, const reply_ptr& reply) override {
    if (cycle_.waits_for(cycle, item))
      cycle_.answered(item, reply, steady::now());
    else
      jobs_.book_late(id, reply);
    go_on();
  }

  std::chrono::nanoseconds limit() const { return deadline(settings_, batcher_->batch_length()); }

  void result(const std::shared_ptr<const job_result>& r) override {
    output_.publish(batches_, settings_.data_time_is_wall_time ? r->end : last_received_, {r});
  }

  void dropped(const job_id& id, std::uint64_t batch) override { cycle_log_.dropped(batch, id); }

  // --- book and publish
  // ------------------------------------------------------------------------------------------------

  void book(const batch_in_work& done) {
    std::vector<std::shared_ptr<const job_result>> results;
    for (std::size_t i = 0; i < done.items.size(); ++i) {
      if (!done.replies[i]) continue;
      jobs_.book(done.items[i].job, *done.replies[i]);
      if (const auto& r = done.replies[i]->result) results.push_back(r);
    }
    if (!done.from_memory) report(done);
    const auto reported = jobs_.table().revision();
    jobs_.dismiss_finished();
    if (done.from_memory || jobs_.table().revision() != reported) tell_of_jobs();
    output_.publish(batches_, done.lag_from, std::move(results));
  }

  void report(const batch_in_work& done) {
    auto report = std::make_shared<batch_report>(
      reports_.make(done, jobs_.table(), steady::now(), [this](const job_id& id) { return jobs_.label(id); }));
    report->service = settings_.name();
    report->batch = ++batches_;
    report->commands_refused = output_.take_refused();
    metrics_.last_batch->value(last_received_.seconds_since_1970());
    metrics_.batches->inc();
    metrics_.messages->inc(static_cast<std::int64_t>(done.data.messages));
    metrics_.events->inc(static_cast<std::int64_t>(done.data.events));
    snapshots_.booked(done.data.messages, done.data.events);
    books_.processed({done.data.messages, done.data.events + done.data.refused_events});
    report->books_difference = check_books();
    if (report->had_work) metrics_.fan_out->observe(report->fan_out_seconds);
    batcher_->report_batch(done.data.messages, duration::from_seconds(report->fan_out_seconds), clock_);
    watch_batcher();
    tell(self_, reporter_, batch_report_ptr(std::move(report)));
  }

  // Between two batches, if anything has changed.
  void tell_of_jobs() {
    if (cycle_.busy()) return;
    const auto refused = output_.take_refused();
    auto changed = reports_.changes(jobs_.table(), [this](const job_id& id) { return jobs_.label(id); });
    jobs_.count_jobs();
    demand_.look();
    if (!changed && refused == 0) return;
    auto report = std::make_shared<batch_report>();
    report->service = settings_.name();
    report->booked = false;
    report->whole_table = changed.has_value();
    if (changed) report->jobs = std::move(*changed);
    report->commands_refused = refused;
    tell(self_, reporter_, batch_report_ptr(std::move(report)));
  }

  // Says once what jobs wait for that have no data after some time.
  void watch_waiting() {
    self_->run_delayed(patience_without_data, [this] { log_waiting(settings_.name(), jobs_.table()); });
  }

  // --- the end
  // ---------------------------------------------------------------------------------------------------------

  void end(std::optional<std::string> error) {
    if (error) end_error_ = std::move(error);
    ended_ = true;
    // People wait.
    if (settings_.data_time_is_wall_time) {
      jobs_.builds().stop();
      demand_.stop();
    }
    advance();
  }

  // Everything that came is worked off: what the batcher holds becomes the last batch, jobs catch up unless that would
  // keep people waiting, and results that were held back go out. Whether there may be more to do.
  bool close() {
    if (snapshots_.gathers()) return snapshots_.give_up();
    if (agenda_.waits_for_build() || snapshots_.ends()) return false;
    lengths_.at_end(*batcher_);
    if (auto held = first_pulse_.end(); !held.empty()) {
      pass_on(std::move(held), last_received_);
      // Perhaps that made whole batches.
      return true;
    }
    if (auto rest = batcher_->flush()) {
      agenda_.add(ready_batch{std::move(*rest), last_received_, true, after_silence_});
      return true;
    }
    if (settings_.data_time_is_wall_time) jobs_.past().cancel_all();
    if (jobs_.past().active() || waits_for_jobs_behind()) return false;
    closed_ = true;
    commands_.close();
    for (auto& act : agenda_.abandon())
      act();
    auto pending = std::ranges::any_of(jobs_.table().jobs(), [](const auto& j) { return j.pending; });
    auto held = settings_.publish_interval > settings_.batch_length || held_for_room_ || jobs_.has_caught_up();
    if (pending && held && data_clock_)
      agenda_.add(ready_batch{{*data_clock_, *data_clock_, {}}, last_received_, true});
    return true;
  }

  // Those that are behind may finish, if they do it soon.
  bool waits_for_jobs_behind() {
    if (!jobs_.any_behind()) return false;
    if (!std::exchange(gives_up_, true))
      self_->run_delayed(limit(), [this] {
        jobs_given_up_ = static_cast<std::uint32_t>(jobs_.give_up_on_behind());
        go_on();
      });
    return true;
  }

  coordinator_actor::pointer self_;
  coordinator_settings settings_;
  reporter_actor reporter_;
  // Who sent the last portion, and how many it may send for those that came.
  caf::strong_actor_ptr source_;
  std::uint32_t credit_owed_ = 0;
  // A portion has come.
  bool begun_ = false;
  timestamp last_received_;
  // The only one that the batcher sees: that of the last portion, so that a replay of the portions gives the same
  // batches.
  duration clock_;
  batching::silence_watch silence_;
  bool after_silence_ = false;

  service_books books_;
  std::unique_ptr<batcher> batcher_;
  first_pulse first_pulse_;
  publish_cadence cadence_;
  batch_length_log lengths_;
  cycle_log cycle_log_;
  batcher_metrics batcher_metrics_;
  stream_synthesizer synthesizer_;
  preprocessor preprocessor_;
  context_lookup latest_ = [this](const std::string& stream) { return preprocessor_.context(stream); };
  service_metrics metrics_;
  phase_meter meter_;
  log_limit refusals_;
  service_output output_;
  agenda agenda_;
  job_supervisor jobs_;
  stream_demand demand_;
  command_intake commands_;
  snapshot_keeper snapshots_;
  batch_cycle cycle_;
  fan_in_deadline deadline_{self_, settings_, cycle_, jobs_, [this] { return limit(); }, [this] { go_on(); }};
  batch_reports reports_;
  // The end of the last batch.
  std::optional<timestamp> data_clock_;
  std::uint64_t batches_ = 0;
  // The last batch gave no results, because the publisher had too many waiting.
  bool held_for_room_ = false;
  // No more data will come; and what there was is worked off.
  bool ended_ = false;
  std::optional<std::string> end_error_;
  bool closed_ = false;
  // Within advance(), whatever calls it again from there.
  bool advances_ = false;
  // The time that jobs have at the end has begun.
  bool gives_up_ = false;
  std::uint32_t jobs_given_up_ = 0;
  std::optional<caf::typed_response_promise<std::uint32_t>> finish_;
};

} // namespace

coordinator_actor spawn_coordinator(caf::actor_system& system, const coordinator_settings& settings,
                                    const publisher_actor& publisher, const reporter_actor& reporter) {
  return system.spawn<caf::stateful_actor<coordinator_state, coordinator_actor::impl>, caf::detached>(
    settings, publisher, reporter);
}

} // namespace livedata
