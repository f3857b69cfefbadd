#include "actors/source/simulator_actor.hpp"

#include "actors/metrics.hpp"
#include "actors/source/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

// Portions that a coordinator may be sent before it has answered.
constexpr std::uint32_t first_credit = 8;
constexpr auto report_interval = std::chrono::seconds(1);
// Messages about bad input in the log; every one is counted.
constexpr int most_complaints_a_second = 5;

class simulator_state {
public:
  static inline const char* name = "livedata.source";

  simulator_state(source_actor::pointer self, pulse_maker make, std::shared_ptr<const adapter> routes, pace how,
                  std::vector<coordinator_actor> receivers, reporter_actor reporter,
                  std::shared_ptr<const wall_clock> clock)
    : self_(self), make_(std::move(make)), routes_(std::move(routes)), pace_(how), receivers_(std::move(receivers)),
      reporter_(std::move(reporter)), clock_(std::move(clock)),
      queued_(gauge(self->system(), "source.queue", "Messages held for coordinators that give no credit.", {})) {
    survive_stray_errors(self);
    outboxes_.assign(receivers_.size(), outbox(pace_.queue_limit, first_credit));
    for (const auto& stream : routes_->routes().streams())
      streams_.emplace(stream, stream_metrics(self->system(), stream));
  }

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        runner_ = caf::actor_cast<caf::actor>(self_->current_sender());
        begin_ = steady::now();
        first_ = pace_.first_pulse ? *pace_.first_pulse : clock_->now();
        arm_report();
        go_on();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) {
        outboxes_[receiver].add_credit(n);
        send_on();
        if (waits_for_credit_) {
          waits_for_credit_ = false;
          go_on();
        }
      },
      [this](poll_atom) { go_on(); },
      [this](finish_atom) {
        stopping_ = true;
        end_if_empty();
      },
    };
  }

private:
  struct stream_metrics {
    caf::telemetry::int_counter* messages;
    caf::telemetry::int_counter* events;
    caf::telemetry::int_counter* dropped;
    caf::telemetry::int_counter* dropped_events;

    stream_metrics(caf::actor_system& system, const std::string& stream)
      : messages(counter(system, "source.messages", "Messages received and decoded.", {{"stream", stream}})),
        events(counter(system, "source.events", "Events received.", {{"stream", stream}})),
        dropped(counter(system, "source.messages-dropped", "Messages dropped because the jobs fell behind.",
                        {{"stream", stream}})),
        dropped_events(counter(system, "source.events-dropped", "Events dropped because the jobs fell behind.",
                               {{"stream", stream}})) {}
  };

  // --- making pulses
  // ---------------------------------------------------------------------------------------------------

  // Makes the next pulse if it is due, and sees to being called again; through the mailbox, so that credit and the end
  // get in between.
  void go_on() {
    if (pace_.pulses != 0 && next_ == pace_.pulses) stopping_ = true;
    if (stopping_) {
      end_if_empty();
      return;
    }
    if (pace_.speed == 0) {
      if (!all_ready()) {
        waits_for_credit_ = true;
        return;
      }
    } else if (auto wait = due(next_) - steady::now(); wait > steady::duration::zero()) {
      self_->run_delayed(wait, [this] { go_on(); });
      return;
    }
    make_pulse();
    tell(self_, source_actor(self_), poll_atom_v);
  }

  steady::time_point due(std::uint64_t k) const {
    auto data_time = static_cast<double>(static_cast<std::int64_t>(k) * pulse_period.ns);
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(data_time / pace_.speed));
  }

  bool all_ready() const {
    return std::all_of(outboxes_.begin(), outboxes_.end(), [](const auto& o) { return o.empty() && o.has_credit(); });
  }

  void make_pulse() {
    auto k = next_++;
    auto t = first_ + static_cast<std::int64_t>(k) * pulse_period;
    std::vector<outbox::portion> portions(outboxes_.size());
    for (const auto& raw : raw_messages(k, t)) {
      auto adapted = routes_->adapt(raw);
      if (!adapted) {
        reject(adapted.error());
        continue;
      }
      if (const auto* routed = std::get_if<routed_message>(&*adapted)) {
        count(*routed);
        for (auto receiver : routed->way->receivers)
          portions[receiver].messages.push_back(routed->message);
      } else if (const auto* control = std::get_if<control_message>(&*adapted)) {
        for (auto& p : portions)
          p.control.push_back(*control);
      }
    }
    auto received = clock_->now();
    for (std::size_t i = 0; i < portions.size(); ++i) {
      portions[i].received = received;
      if (!portions[i].messages.empty() || !portions[i].control.empty())
        note(outboxes_[i].push(std::move(portions[i])));
    }
    send_on();
  }

  // A pulse that cannot be made is reported, and time goes on.
  std::vector<raw_message> raw_messages(std::uint64_t k, timestamp t) {
    try {
      return make_(k, t);
    } catch (const std::exception& e) {
      reject({"source_failed", fmt::format("pulse {} could not be made: {}", k, e.what())});
      return {};
    }
  }

  // Requests for regions of interest share one name here.
  stream_metrics& metrics_of(const std::string& stream) {
    const auto i = streams_.find(stream);
    return i != streams_.end() ? i->second : streams_.at(std::string(to_string(stream_kind::roi)));
  }

  void count(const routed_message& m) {
    auto events = m.message.events();
    auto& metrics = streams_.at(m.way->stream.name);
    metrics.messages->inc();
    metrics.events->inc(static_cast<std::int64_t>(events));
    ++report_.messages;
    report_.events += events;
  }

  // --- bad and lost messages
  // -------------------------------------------------------------------------------------------

  void reject(const failure& f) {
    std::string reason(f.reason);
    ++report_.rejected[reason];
    auto i = rejected_.find(reason);
    if (i == rejected_.end())
      i = rejected_
            .emplace(reason, counter(self_->system(), "source.messages-rejected", "Messages that were not understood.",
                                     {{"reason", reason}}))
            .first;
    i->second->inc();
    if (complaints_++ < most_complaints_a_second) spdlog::warn("message_rejected reason={} text={}", reason, f.message);
  }

  void note(const std::map<std::string, outbox::loss>& losses) {
    for (const auto& [stream, loss] : losses) {
      auto& metrics = metrics_of(stream);
      metrics.dropped->inc(static_cast<std::int64_t>(loss.messages));
      metrics.dropped_events->inc(static_cast<std::int64_t>(loss.events));
      report_.dropped_messages += loss.messages;
      report_.dropped_events += loss.events;
      if (complaints_++ < most_complaints_a_second)
        spdlog::warn("message_queue_full stream={} dropped_messages={} dropped_events={} remedy=\"more job-threads, "
                     "fewer jobs, or "
                     "a larger source.queue-limit\"",
                     stream, loss.messages, loss.events);
    }
  }

  // --- handing on
  // ------------------------------------------------------------------------------------------------------

  void send_on() {
    std::size_t held = 0;
    for (std::size_t i = 0; i < outboxes_.size(); ++i) {
      while (auto p = outboxes_[i].pop())
        tell(self_, receivers_[i],
             std::make_shared<const message_chunk>(
               message_chunk{std::move(p->messages), p->received, std::move(p->control)}));
      held += outboxes_[i].messages();
    }
    queued_->value(static_cast<std::int64_t>(held));
    end_if_empty();
  }

  void end_if_empty() {
    auto empty = std::all_of(outboxes_.begin(), outboxes_.end(), [](const auto& o) { return o.empty(); });
    if (!stopping_ || !empty || ended_) return;
    ended_ = true;
    report();
    for (const auto& r : receivers_)
      tell(self_, r, end_atom_v);
    if (runner_) tell_from_outside(runner_, end_atom_v);
    runner_ = nullptr;
  }

  void arm_report() {
    self_->run_delayed(report_interval, [this] {
      report();
      if (!ended_) arm_report();
    });
  }

  void report() {
    complaints_ = 0;
    tell(self_, reporter_, std::make_shared<const source_report>(std::exchange(report_, {})));
  }

  source_actor::pointer self_;
  pulse_maker make_;
  std::shared_ptr<const adapter> routes_;
  pace pace_;
  std::vector<coordinator_actor> receivers_;
  reporter_actor reporter_;
  std::shared_ptr<const wall_clock> clock_;
  caf::telemetry::int_gauge* queued_;
  std::map<std::string, stream_metrics> streams_;
  std::map<std::string, caf::telemetry::int_counter*> rejected_;
  std::vector<outbox> outboxes_;
  caf::actor runner_;
  steady::time_point begin_;
  timestamp first_;
  std::uint64_t next_ = 0;
  bool waits_for_credit_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  source_report report_;
  int complaints_ = 0;
};

} // namespace

source_actor spawn_simulator(caf::actor_system& system, pulse_maker make, std::shared_ptr<const adapter> routes,
                             const pace& how, std::vector<coordinator_actor> receivers, const reporter_actor& reporter,
                             std::shared_ptr<const wall_clock> clock) {
  return system.spawn<caf::stateful_actor<simulator_state, source_actor::impl>, caf::detached>(
    std::move(make), std::move(routes), how, std::move(receivers), reporter, std::move(clock));
}

} // namespace livedata
