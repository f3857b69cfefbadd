// Sends the pulses of the engine tests, and commands, as others would.
#pragma once

#include "kafka_engine.hpp"
#include "messages/codec/commands.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace livedata::test {

// Pulses go out in order of time.
class pulse_sender {
public:
  // `topic_of`: where the messages of a source go, if not where the development set-up has them.
  pulse_sender(const broker& b, std::string name, std::function<std::string(std::string_view source)> topic_of = {})
    : producer_(b.produce()), name_(std::move(name)), topic_of_(std::move(topic_of)) {}

  void pulses(int n) {
    for (int i = 0; i < n; ++i)
      for (const auto& m : pulse_of(name_, next_++)) {
        const auto read = ev44::read(m.content->bytes()).value();
        events_[std::string(read.source_name)] += read.time_of_flight.size();
        send(topic_of_ ? topic_of_(read.source_name) : m.topic, m.content);
      }
    REQUIRE(producer_->flush(30s) == 0);
  }

  // One after the other, until it happens.
  template <class F>
  void pulses_until(F&& happens) {
    const auto patience = std::chrono::steady_clock::now() + 60s;
    while (!happens()) {
      REQUIRE(std::chrono::steady_clock::now() < patience);
      pulses(1);
      std::this_thread::sleep_for(5ms);
    }
  }

  template <class Command>
  void command(const Command& c) {
    send(name_ + "_livedata_commands", make_payload(commands::write(c)));
    REQUIRE(producer_->flush(30s) == 0);
  }

  // That were sent of a source, and of all.
  std::uint64_t events_of(const std::string& source) const {
    const auto sent = events_.find(source);
    return sent == events_.end() ? 0 : sent->second;
  }

  std::uint64_t events() const {
    std::uint64_t n = 0;
    for (const auto& [source, events] : events_)
      n += events;
    return n;
  }

  std::size_t messages() const { return messages_; }

private:
  void send(const std::string& topic, const payload_ptr& content) {
    REQUIRE(producer_->send(topic, content, "pulse"));
    ++messages_;
  }

  std::unique_ptr<kafka_producer> producer_;
  std::string name_;
  std::function<std::string(std::string_view)> topic_of_;
  std::uint64_t next_ = 0;
  std::size_t messages_ = 0;
  std::map<std::string, std::uint64_t> events_;
};

} // namespace livedata::test
