#include "actors/publisher/kafka_sink.hpp"

#include "actors/metrics.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

constexpr auto patience_at_end = std::chrono::seconds(5);

std::string_view topic_suffix(channel to) {
  switch (to) {
  case channel::data:
    return "data";
  case channel::responses:
    return "responses";
  case channel::heartbeat:
    return "heartbeat";
  case channel::devices:
    return "nicos_data";
  case channel::roi:
    return "roi";
  }
  return "data";
}

// Counters only grow, so the difference to what they show is added.
void raise_to(caf::telemetry::int_counter* shown, std::uint64_t value) {
  if (auto more = static_cast<std::int64_t>(value) - shown->value(); more > 0) shown->inc(more);
}

} // namespace

std::string topic_of(channel to, std::string_view instrument) {
  return fmt::format("{}_livedata_{}", instrument, topic_suffix(to));
}

kafka_sink::kafka_sink(caf::actor_system& system, std::shared_ptr<kafka_producer> producer, std::string instrument)
  : system_(system), producer_(std::move(producer)), instrument_(std::move(instrument)),
    unsent_(gauge(system, "kafka.unsent-messages", "Messages queued for delivery or on their way.", {})),
    connected_(gauge(system, "kafka.connected", "1 while a broker is connected.", {{"client", "producer"}})) {
  // That they grow is seen only if they were there before.
  for (const auto to : {channel::data, channel::responses, channel::heartbeat, channel::devices, channel::roi}) {
    (void)delivered(topic_of(to, instrument_));
    for (const auto* reason : {"queue_full", "too_large", "refused", "not_delivered", "fatal"})
      (void)failed(topic_of(to, instrument_), reason);
  }
}

caf::telemetry::int_counter* kafka_sink::delivered(const std::string& topic) {
  auto& shown = delivered_[topic];
  if (shown == nullptr)
    shown = counter(system_, "kafka.delivered", "Messages that the broker has confirmed.", {{"topic", topic}});
  return shown;
}

caf::telemetry::int_counter* kafka_sink::failed(const std::string& topic, const std::string& reason) {
  auto& shown = failed_[{topic, reason}];
  if (shown == nullptr)
    shown = counter(system_, "kafka.not-delivered", "Messages that did not reach the broker.",
                    {{"topic", topic}, {"reason", reason}});
  return shown;
}

void kafka_sink::deliver(const result_set& results) {
  std::uint64_t messages = 0;
  for (const auto& r : results.results)
    for (const auto& output : r->outputs) {
      ++messages;
      post(channel::data, output.message, output.name);
    }
  throw_if_failed(messages);
}

void kafka_sink::send(std::span<const outgoing_message> messages) {
  for (const auto& m : messages)
    post(m.to, m.content, m.what);
  throw_if_failed(messages.size());
}

void kafka_sink::post(channel to, const payload_ptr& content, std::string_view what) {
  auto sent = producer_->send(topic_of(to, instrument_), content, what);
  if (sent) return;
  if (refused_++ == 0) first_refusal_ = sent.error().message;
}

void kafka_sink::throw_if_failed(std::uint64_t of) {
  update_metrics();
  if (refused_ == 0) return;
  auto refused = std::exchange(refused_, 0);
  throw incomplete_delivery(
    refused, fmt::format("{} of {} messages not sent to Kafka; the first: {}", refused, of, first_refusal_));
}

void kafka_sink::finish() {
  auto left = producer_->flush(patience_at_end);
  update_metrics();
  if (left > 0)
    throw std::runtime_error(fmt::format("{} messages could not be delivered to Kafka at {} within {} s", left,
                                         producer_->servers(), patience_at_end.count()));
}

void kafka_sink::update_metrics() {
  unsent_->value(static_cast<std::int64_t>(producer_->unsent()));
  connected_->value(producer_->connection().connected ? 1 : 0);
  for (const auto& [topic, counts] : producer_->by_topic()) {
    raise_to(delivered(topic), counts.delivered);
    for (const auto& [reason, n] : counts.failed)
      raise_to(failed(topic, reason), n);
  }
}

} // namespace livedata
