#include "actors/publisher/publisher_actor.hpp"

#include "actors/metrics.hpp"
#include "actors/profile/phase_meter.hpp"
#include "messages/log_limit.hpp"
#include "messages/log_line.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

class publisher_state {
public:
  static inline const char* name = "livedata.publisher";

  publisher_state(publisher_actor::pointer self, std::shared_ptr<result_sink> sink,
                  std::shared_ptr<const wall_clock> clock, reporter_actor reporter)
    : self_(self), sink_(std::move(sink)), clock_(std::move(clock)), reporter_(std::move(reporter)),
      meter_(self->system()) {
    survive_stray_errors(self);
  }

  publisher_actor::behavior_type make_behavior() {
    return {
      [this](const result_set_ptr& results) {
        const phase_meter::span sending(meter_, phase::send);
        publish(*results);
      },
      [this](const outgoing_ptr& messages) {
        const phase_meter::span sending(meter_, phase::send);
        send(*messages);
      },
      [this](finish_atom) {
        const phase_meter::span sending(meter_, phase::send);
        finish();
      },
    };
  }

private:
  struct metrics {
    caf::telemetry::int_counter* published;
    caf::telemetry::int_counter* failed;
    caf::telemetry::dbl_histogram* lag;
  };

  metrics& metrics_of(const std::string& service) {
    auto i = metrics_.find(service);
    if (i != metrics_.end()) return i->second;
    auto& system = self_->system();
    metric_labels labels{{"service", service}};
    metrics m{counter(system, "results", "Result messages handed over.", labels),
              counter(system, "results.failed", "Result messages that could not be handed over.", labels),
              duration_histogram(system, "lag",
                                 "Wall time from the end of a batch's data to its results being handed over.", labels)};
    return metrics_.emplace(service, m).first->second;
  }

  void publish(const result_set& results) {
    auto report = std::make_shared<handover_report>();
    report->service = results.service;
    report->batch = results.batch;
    std::uint64_t messages = 0;
    for (const auto& r : results.results)
      messages += r->outputs.size();
    auto& m = metrics_of(results.service);
    auto complain = [&](std::uint64_t failed, const char* text) {
      report->failed = std::min(failed, messages);
      if (auto left_out = errors_.admit(results.service, std::chrono::steady_clock::now()))
        spdlog::error(log_line("publish_error", {{"service", log_word{results.service}},
                                                 {"batch", results.batch},
                                                 {"messages", report->failed},
                                                 {"text", text},
                                                 left_out_field(*left_out)}));
    };
    try {
      sink_->deliver(results);
    } catch (const incomplete_delivery& e) {
      complain(e.failed, e.what());
    } catch (const std::exception& e) {
      complain(messages, e.what());
    }
    report->results = messages - report->failed;
    m.published->inc(static_cast<std::int64_t>(report->results));
    m.failed->inc(static_cast<std::int64_t>(report->failed));
    // A batch is complete with its last pulse, and so up to a pulse before its end.
    report->lag_seconds = std::max(0.0, (clock_->now() - results.lag_from).seconds());
    m.lag->observe(report->lag_seconds);
    tell(self_, reporter_, handover_report_ptr(std::move(report)));
  }

  void send(const std::vector<outgoing_message>& messages) {
    try {
      sink_->send(messages);
    } catch (const std::exception& e) {
      if (auto left_out = errors_.admit("messages", std::chrono::steady_clock::now()))
        spdlog::error(log_line("publish_error", {{"messages", messages.size()},
                                                 {"first", messages.empty() ? std::string() : messages.front().what},
                                                 {"text", e.what()},
                                                 left_out_field(*left_out)}));
    }
  }

  void finish() {
    try {
      sink_->finish();
    } catch (const std::exception& e) {
      spdlog::error(log_line("publish_error", {{"when", "at the end"}, {"text", e.what()}}));
    }
  }

  publisher_actor::pointer self_;
  std::shared_ptr<result_sink> sink_;
  std::shared_ptr<const wall_clock> clock_;
  reporter_actor reporter_;
  phase_meter meter_;
  std::map<std::string, metrics> metrics_;
  // Results by service, and other messages.
  log_limit errors_;
};

} // namespace

publisher_actor spawn_publisher(caf::actor_system& system, std::shared_ptr<result_sink> sink,
                                std::shared_ptr<const wall_clock> clock, const reporter_actor& reporter) {
  return system.spawn<caf::stateful_actor<publisher_state, publisher_actor::impl>, caf::detached>(
    std::move(sink), std::move(clock), reporter);
}

} // namespace livedata
