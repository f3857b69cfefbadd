#include "actors/source/kafka_source.hpp"

#include "actors/metrics.hpp"
#include "actors/source/back_pressure.hpp"
#include "actors/source/topic_choice.hpp"
#include "messages/log_line.hpp"
#include "transport/kafka/kafka_past.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

// Most messages in one portion, and the longest wait for the first: long when there is nothing else to do, short while
// queued portions wait for credit, which comes through the mailbox.
constexpr std::size_t messages_of_a_poll = 500;
constexpr auto idle_wait = std::chrono::milliseconds(50);
constexpr auto busy_wait = std::chrono::milliseconds(1);
constexpr auto watch_interval = std::chrono::seconds(1);
// A connection that is lost for less than this needs no word.
constexpr auto grace = std::chrono::seconds(3);
constexpr auto reminder = std::chrono::seconds(10);
constexpr int most_failures_in_a_row = 10;

class kafka_source_state {
public:
  static inline const char* name = "livedata.source";

  kafka_source_state(source_actor::pointer self, std::shared_ptr<kafka_consumer> consumer, source_surroundings around)
    : self_(self), consumer_(std::move(consumer)), routes_(around.routes),
      enough_room_(std::clamp<std::size_t>(around.queue_limit / 2, 1, messages_of_a_poll)),
      choice_(around.needed.empty()
                ? std::nullopt
                : std::optional(topic_choice(routes_->routes(), around.needed, around.topic_patience))),
      intake_(self, std::move(around)),
      connected_(gauge(self->system(), "kafka.connected", "1 while a broker is connected.", {{"client", "consumer"}})),
      errors_(counter(self->system(), "kafka.consumer-errors", "Errors that the consumer reported.", {})),
      missing_(
        gauge(self->system(), "kafka.topics-missing", "Topics that are read and are not on the broker now.", {})) {
    survive_stray_errors(self);
    connected_->value(1);
    for (const auto& [topic, lag] : consumer_->lag())
      add_metrics(topic);
    if (choice_) intake_.expect_pulses(choice_->reads_pulses());
  }

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        intake_.begin();
        last_connected_ = steady::now();
        arm_watch();
        poll();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) { intake_.add_credit(receiver, n); },
      [this](read_atom, std::uint32_t number, const stream_names_ptr& streams) { return read(number, *streams); },
      [this](poll_atom) { poll(); },
      [this](finish_atom) { intake_.stop(); },
    };
  }

private:
  void add_metrics(const std::string& topic) {
    lag_[topic] = gauge(self_->system(), "kafka.consumer-lag-messages", "Messages on the broker, not read yet.",
                        {{"topic", topic}});
    lost_[topic] = counter(self_->system(), "kafka.messages-lost",
                           "Messages that the broker deleted before they were read.", {{"topic", topic}});
  }

  caf::result<lane_offsets_ptr> read(std::uint32_t number, const std::set<std::string>& streams) {
    if (!choice_) return std::make_shared<const lane_offsets>();
    choice_->need(number, streams, steady::now());
    auto promise = self_->make_response_promise<lane_offsets_ptr>();
    waiting_for_topics_.push_back(promise);
    add_topics();
    return promise;
  }

  // Reads what the jobs need and is not read yet. If the broker does not answer, again at the next watch.
  void add_topics() {
    if (const auto missing = choice_->missing(); !missing.empty()) {
      if (auto ok = consumer_->add(missing); !ok) {
        spdlog::warn(log_line("kafka_topic_not_added", {{"text", ok.error().message}}));
        return;
      }
      std::ranges::for_each(missing, [this](const auto& topic) { add_metrics(topic); });
      choice_->all_read();
      intake_.expect_pulses(choice_->reads_pulses());
    }
    const auto begins = std::make_shared<const lane_offsets>(base_of(consumer_->lanes()->get()));
    for (auto& promise : std::exchange(waiting_for_topics_, {}))
      promise.deliver(begins);
  }

  void remove_topics() {
    const auto unneeded = choice_->take_unneeded(steady::now());
    if (unneeded.empty()) return;
    consumer_->remove(unneeded);
    for (const auto& topic : unneeded)
      intake_.forget(routes_->routes().streams_of(topic));
    intake_.expect_pulses(choice_->reads_pulses());
  }

  // Takes in one portion, and has itself called again through the mailbox, so that credit and the end get in between.
  // While the queues are full, what is on the broker stays there, as long as the jobs gain on it.
  void poll() {
    if (intake_.stopping()) return;
    const auto room = intake_.room();
    if (pressure_.waits(room < enough_room_, total_lag_, steady::now())) {
      intake_.pass_time();
      rest(steady::now() + busy_wait);
      return;
    }
    try {
      auto wait = std::min<std::chrono::nanoseconds>(idle_wait, std::chrono::nanoseconds(intake_.longest_silence().ns));
      auto got =
        consumer_->poll(pressure_.drops() ? messages_of_a_poll : std::min(messages_of_a_poll, room),
                        intake_.empty() ? std::chrono::duration_cast<std::chrono::milliseconds>(wait) : busy_wait);
      errors_->inc(static_cast<std::int64_t>(got.errors));
      for (const auto& [topic, n] : got.lost)
        lost_.at(topic)->inc(static_cast<std::int64_t>(n));
      if (!got.messages.empty()) intake_.take(got.messages);
      intake_.pass_time();
      failures_ = 0;
    } catch (const std::exception& e) {
      if (back_off(e.what())) return;
    }
    if (auto why = consumer_->fatal()) {
      spdlog::error(log_line("kafka_consumer_stopped", {{"text", *why}}));
      intake_.fail(fmt::format("Kafka at {} refuses to go on: {}", consumer_->servers(), *why));
      return;
    }
    tell(self_, source_actor(self_), poll_atom_v);
  }

  // After something unexpected. True: do not poll now.
  bool back_off(const char* text) {
    ++failures_;
    spdlog::error(log_line("background_consumer_error", {{"failures", failures_}, {"text", text}}));
    if (failures_ >= most_failures_in_a_row) {
      intake_.fail(fmt::format("reading Kafka failed {} times in a row; the last error: {}", failures_, text));
      return true;
    }
    rest(steady::now() + std::chrono::milliseconds(std::min(500 * failures_, 5000)));
    return true;
  }

  // Polls again at that time.
  void rest(steady::time_point until) {
    auto left = until - steady::now();
    self_->run_delayed(std::min<steady::duration>(left, idle_wait), [this, until] {
      intake_.pass_time();
      steady::now() < until ? rest(until) : poll();
    });
  }

  void arm_watch() {
    self_->run_delayed(watch_interval, [this] {
      watch();
      if (!intake_.stopping()) arm_watch();
    });
  }

  void watch() {
    if (choice_) {
      if (!waiting_for_topics_.empty()) add_topics();
      remove_topics();
    }
    total_lag_ = 0;
    for (const auto& [topic, n] : consumer_->lag()) {
      lag_.at(topic)->value(n);
      total_lag_ += n;
    }
    auto now = steady::now();
    auto c = consumer_->connection();
    if (c.connected) {
      if (waiting_)
        spdlog::info(log_line("kafka_broker_back",
                              {{"servers", consumer_->servers()}, {"away_s", seconds(now - last_connected_)}}));
      waiting_ = false;
      const auto missing = consumer_->missing_topics();
      missing_->value(static_cast<std::int64_t>(missing.size()));
      intake_.await(missing.empty() ? std::string()
                                    : fmt::format("Kafka has no topic {}; reading goes on when it is back",
                                                  fmt::join(missing, ", ")));
      last_connected_ = now;
      connected_->value(1);
      return;
    }
    if (now - last_connected_ < grace) return;
    auto text =
      fmt::format("Kafka broker {} has been away for {:.0f} s; jobs are kept, reading goes on when it is back",
                  consumer_->servers(), seconds(now - last_connected_));
    connected_->value(0);
    intake_.await(text);
    if (waiting_ && now - last_told_ < reminder) return;
    spdlog::warn(log_line("kafka_waiting", {{"text", text}, {"last_error", c.last_error}}));
    waiting_ = true;
    last_told_ = now;
  }

  static double seconds(steady::duration d) { return std::chrono::duration<double>(d).count(); }

  source_actor::pointer self_;
  std::shared_ptr<kafka_consumer> consumer_;
  std::shared_ptr<const adapter> routes_;
  // Fewer places than these are none.
  std::size_t enough_room_;
  // If only what jobs need is read.
  std::optional<topic_choice> choice_;
  // Who needs topics that are not read yet.
  std::vector<caf::typed_response_promise<lane_offsets_ptr>> waiting_for_topics_;
  source_intake intake_;
  back_pressure pressure_;
  // Messages on the broker, not read yet, when it was looked last.
  std::int64_t total_lag_ = 0;
  caf::telemetry::int_gauge* connected_;
  caf::telemetry::int_counter* errors_;
  caf::telemetry::int_gauge* missing_;
  std::map<std::string, caf::telemetry::int_gauge*> lag_;
  std::map<std::string, caf::telemetry::int_counter*> lost_;
  steady::time_point last_connected_;
  steady::time_point last_told_;
  bool waiting_ = false;
  int failures_ = 0;
};

} // namespace

source_actor spawn_kafka_source(caf::actor_system& system, std::shared_ptr<kafka_consumer> consumer,
                                source_surroundings around) {
  return system.spawn<caf::stateful_actor<kafka_source_state, source_actor::impl>, caf::detached>(std::move(consumer),
                                                                                                  std::move(around));
}

} // namespace livedata
