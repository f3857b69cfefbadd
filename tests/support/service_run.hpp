// One coordinator with the test as its publisher: what it is sent, and what it publishes.
#pragma once

#include "messages/codec/x5f2.hpp"
#include "support/model_engine.hpp"

#include <caf/telemetry/collector/prometheus.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

inline payload_ptr text_payload(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return make_payload({p, p + text.size()});
}

inline std::string text_of(const outgoing_message& m) {
  auto bytes = m.content->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline start_command start(const std::string& message, const std::string& workflow, const std::string& source,
                           int number = 0) {
  start_command c;
  c.message_id = message;
  c.workflow = {"model", workflow, 1};
  c.job = {source, uuid_from_name(std::to_string(number))};
  return c;
}

inline model_step portion(std::vector<control_message> control, std::optional<fed_batch> batch = std::nullopt) {
  return {std::move(control), std::move(batch)};
}

inline fed_batch events(std::int64_t from, std::int64_t to) {
  return {from, to, {{"bank0", {1, 1}}, {"bank1", {1}}, {"bank2", {1}}}, {}};
}

// One coordinator; everything that it publishes, as short words in order.
class service_run {
public:
  coordinator_settings settings;
  workflow_registry registry = model_registry();
  std::shared_ptr<instrument> inst = std::make_shared<instrument>(*model_instrument());

  explicit service_run(std::size_t threads = 2) : config_(threads), system_(config_) {
    settings.service = "data_reduction";
    settings.make_batcher = [] { return std::make_unique<told_batcher>(); };
    settings.batches_wait_for_builds = true;
    settings.results_in_flight = 1000;
  }

  void begin() {
    settings.inst = inst;
    settings.recipes = find_recipes(inst, registry, "data_reduction");
    auto me = caf::actor_cast<caf::strong_actor_ptr>(self_.ptr());
    coordinator_ =
      spawn_coordinator(system_, settings, caf::actor_cast<publisher_actor>(me), caf::actor_cast<reporter_actor>(me));
  }

  ~service_run() { caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown); }

  void send(const model_step& step) { self_->send(coordinator_, portion_of(step)); }

  // The same, come at that time on a clock that never goes back.
  void send(const model_step& step, duration clock) {
    auto portion = std::make_shared<message_portion>(*portion_of(step));
    portion->mark.clock = clock;
    self_->send(coordinator_, portion_ptr(std::move(portion)));
  }

  void send(const statistics_ptr& s) { self_->send(coordinator_, s); }

  // What was published until everything that was sent has taken effect.
  std::vector<std::string> published() {
    self_->send(coordinator_, status_atom_v);
    auto done = false;
    while (!done)
      receive([&] { done = true; });
    return std::exchange(words_, {});
  }

  std::vector<std::string> finish(const std::string& error = "") {
    if (error.empty())
      self_->send(coordinator_, end_atom_v);
    else
      self_->send(coordinator_, end_atom_v, error);
    self_->request(coordinator_, caf::infinite, finish_atom_v).receive([](std::uint32_t) {}, [](const caf::error&) {});
    self_->send(coordinator_, status_atom_v);
    auto done = false;
    while (!done)
      receive([&] { done = true; });
    return std::exchange(words_, {});
  }

  // The jobs as they are when everything that was sent has taken effect; what was published until then is kept.
  const std::vector<job_heartbeat>& jobs() {
    self_->send(coordinator_, status_atom_v);
    auto done = false;
    while (!done)
      receive([&] { done = true; });
    return jobs_;
  }

  std::string metrics() {
    caf::telemetry::collector::prometheus collector;
    auto text = collector.collect_from(system_.metrics());
    return {text.begin(), text.end()};
  }

  // Waits until so many batches have been booked, and takes nothing that is published meanwhile.
  void await_batches(std::size_t n) {
    while (n > 0)
      self_->receive([&n](const batch_report_ptr& report) { n -= report->booked ? 1 : 0; });
  }

  // What the answers that were received said was wrong.
  const std::vector<std::string>& refusals() const { return refusals_; }

  // What has been published and not been taken.
  std::vector<std::string> waiting() {
    for (auto more = true; more;)
      receive([] {}, [&more] { more = false; });
    return std::exchange(words_, {});
  }

  // Waits for one more thing to be published.
  std::vector<std::string> next() {
    while (words_.empty())
      receive([] {});
    return std::exchange(words_, {});
  }

private:
  // `if_nothing`: told if nothing waits; without it, something is waited for.
  template <class F>
  void receive(F on_status, std::function<void()> if_nothing = {}) {
    if (if_nothing && !self_->has_next_message()) return if_nothing();
    self_->receive(
      [&](const outgoing_ptr& messages) {
        for (const auto& m : *messages) {
          if (m.to == channel::responses)
            if (const auto answer = json::parse(text_of(m)); answer.at("message").is_string())
              refusals_.push_back(answer.at("message").get<std::string>());
          words_.push_back(m.to == channel::responses
                             ? "answer " + json::parse(text_of(m)).at("message_id").get<std::string>()
                           : m.to == channel::devices ? "device " + m.what
                                                      : "status " + text_of(m));
        }
      },
      [&](const result_set_ptr& results) {
        for (const auto& r : results->results)
          words_.push_back("result " + r->job.source_name);
      },
      [&](const job_statuses_ptr& jobs) {
        jobs_ = *jobs;
        on_status();
      },
      [](const batch_report_ptr&) {}, [](credit_atom, std::uint32_t, std::uint32_t) {});
  }

  test_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_{system_};
  coordinator_actor coordinator_;
  std::vector<std::string> words_;
  std::vector<std::string> refusals_;
  std::vector<job_heartbeat> jobs_;
};

using words = std::vector<std::string>;

inline status_writer status_words() {
  return {[](const job_heartbeat& h) { return text_payload(std::string(to_string(h.state))); },
          [](const service_heartbeat& h) {
            return text_payload(std::string(x5f2::to_string(h.state)) + " " + h.error.value_or(""));
          }};
}

} // namespace livedata::test
