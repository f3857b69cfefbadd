#include "actors/service/service_books.hpp"

#include "actors/books_metrics.hpp"
#include "messages/log_line.hpp"
#include "messages/stream.hpp"

#include <chrono>
#include <cstdint>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

service_books::service_books(caf::actor_system& system, std::string service, const memory_budget& in_flight)
  : service_(std::move(service)), messages_memory_(in_flight),
    in_flight_messages_(in_flight_gauge(system, service_, "messages")),
    in_flight_events_(in_flight_gauge(system, service_, "events")),
    wrong_messages_(books_gauge(system, service_, "service", "messages")),
    wrong_events_(books_gauge(system, service_, "service", "events")) {}

void service_books::came(std::span<const stream_message> messages, const std::optional<message_count>& handed_on) {
  taken_ += count_of(messages);
  if (handed_on) lost_on_the_way_ = apart(*handed_on, taken_);
}

void service_books::placed(std::size_t came, const message_count& n) {
  books_.received(n);
  in_flight_messages_->inc(static_cast<std::int64_t>(n.messages) - static_cast<std::int64_t>(came));
  weigh();
}

void service_books::go_on_with(const message_count& again, const message_count& saved) {
  taken_ += again;
  books_.received(again);
  books_.received(saved);
  in_flight_messages_->inc(static_cast<std::int64_t>(saved.messages));
  weigh();
}

void service_books::processed(const message_count& n) {
  books_.gone(n);
  in_flight_messages_->dec(static_cast<std::int64_t>(n.messages));
  in_flight_events_->dec(static_cast<std::int64_t>(n.events));
  weigh();
}

message_count service_books::check(const std::optional<message_count>& here) {
  auto wrong = lost_on_the_way_;
  if (here) wrong += books_.difference(*here);
  wrong_messages_->value(static_cast<std::int64_t>(wrong.messages));
  wrong_events_->value(static_cast<std::int64_t>(wrong.events));
  if (wrong != message_count{})
    if (auto left_out = limit_.admit("books", std::chrono::steady_clock::now()))
      spdlog::error(log_line(
        "books_do_not_balance",
        {{"service", service_}, {"messages", wrong.messages}, {"events", wrong.events}, left_out_field(*left_out)}));
  return wrong;
}

void service_books::weigh() {
  messages_memory_.set((books_.in().messages - books_.out().messages) * sizeof(stream_message));
}

} // namespace livedata
