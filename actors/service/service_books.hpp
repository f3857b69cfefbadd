// The books of a service: what it received is, at any moment, in the batcher, on the agenda, in the batch in work, or
// processed. Tells metrics, the log and the budget of memory.
#pragma once

#include "actors/books.hpp"
#include "actors/memory_budget.hpp"
#include "actors/message_count.hpp"
#include "messages/log_limit.hpp"

#include <caf/actor_system.hpp>

#include <optional>
#include <span>
#include <string>

namespace livedata {

class service_books {
public:
  service_books(caf::actor_system& system, std::string service, const memory_budget& in_flight);

  // A portion came. `handed_on`: all that the source had sent with it and before, if it says so.
  void came(std::span<const stream_message> messages, const std::optional<message_count>& handed_on);

  // Of a portion of `came` messages, those were placed: devices and the like are made of messages.
  void placed(std::size_t came, const message_count& n);

  // What was held in a former run is here: messages that came again, and those that were saved.
  void go_on_with(const message_count& again, const message_count& saved);

  // A batch was booked.
  void processed(const message_count& n);

  // By how much the books are wrong if that is here, counted one by one, and on the way from the source. Nothing is
  // known of what is here if the batcher cannot tell.
  message_count check(const std::optional<message_count>& here);

private:
  void weigh();

  std::string service_;
  books books_;
  // What the source has handed on, as far as it came here, and what did not.
  message_count taken_;
  message_count lost_on_the_way_;
  // What messages take beside their content.
  memory_budget::share messages_memory_;
  log_limit limit_;
  caf::telemetry::int_gauge* in_flight_messages_;
  caf::telemetry::int_gauge* in_flight_events_;
  caf::telemetry::int_gauge* wrong_messages_;
  caf::telemetry::int_gauge* wrong_events_;
};

} // namespace livedata
