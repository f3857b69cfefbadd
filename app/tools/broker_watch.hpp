// For programs that send to Kafka: waits for a broker, says so, and gives up when told to.
#pragma once

#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/log_line.hpp"
#include "transport/kafka/admin.hpp"
#include "transport/kafka/producer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

inline tool_option wait_option() {
  return {"wait", "<seconds>",
          fmt::format("How long to wait for a broker, at the start and when it is lost, before giving up; 0: for ever. "
                      "Default: {}.",
                      broker_patience.count() / 1000)};
}

class broker_watch {
public:
  using steady = std::chrono::steady_clock;

  // Failure: --wait is no number.
  static result<broker_watch> make(const kafka_producer& producer, const tool_arguments& args) {
    const auto seconds = args.number("wait", std::chrono::duration<double>(broker_patience).count(), 0);
    if (!seconds) return seconds.error();
    return broker_watch(producer, *seconds);
  }

  // Returns when a broker answers, or the run is over. Failure "kafka": none has in time.
  status at_start(const until_signal& run) {
    const auto begin = steady::now();
    while (!run.over()) {
      auto there = producer_->await_broker(one_look);
      if (there) break;
      if (gives_up(steady::now() - begin)) return there.error();
      say(there.error().message);
    }
    if (told_) spdlog::info(log_line("kafka_broker_back", {{"servers", producer_->servers()}}));
    told_ = false;
    connected_ = steady::now();
    return nothing{};
  }

  // To be called again and again while messages are sent. Failure "kafka": the broker has been away for too long.
  status look() {
    const auto now = steady::now();
    if (now - looked_ < between_looks) return nothing{};
    looked_ = now;
    const auto c = producer_->connection();
    if (c.connected) {
      if (told_) spdlog::info(log_line("kafka_broker_back", {{"servers", producer_->servers()}}));
      told_ = false;
      connected_ = now;
      return nothing{};
    }
    if (now - connected_ < grace) return nothing{};
    auto text = fmt::format("Kafka broker {} has been away for {:.0f} s ({})", producer_->servers(),
                            std::chrono::duration<double>(now - connected_).count(), c.last_error);
    if (gives_up(now - connected_)) return failure{"kafka", text};
    say(text);
    return nothing{};
  }

private:
  static constexpr auto one_look = std::chrono::milliseconds(1000);
  static constexpr auto between_looks = std::chrono::milliseconds(200);
  static constexpr auto grace = std::chrono::seconds(3);

  broker_watch(const kafka_producer& producer, double seconds) : producer_(&producer), seconds_(seconds) {}

  bool gives_up(steady::duration away) const {
    return seconds_ > 0 && std::chrono::duration<double>(away).count() >= seconds_;
  }

  // Once for each time that the broker is away.
  void say(const std::string& text) {
    if (std::exchange(told_, true)) return;
    const auto until = seconds_ > 0 ? fmt::format("{:g} s", seconds_) : std::string("ever");
    spdlog::warn(log_line("kafka_waiting", {{"text", text}, {"waits_for", until}}));
  }

  const kafka_producer* producer_;
  double seconds_;
  bool told_ = false;
  steady::time_point connected_ = steady::now();
  steady::time_point looked_ = {};
};

} // namespace livedata
