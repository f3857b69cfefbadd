// The metrics of what is in flight, and of the books.
#pragma once

#include "actors/metrics.hpp"

#include <string>

namespace livedata {

// `of`: "messages" or "events".
inline caf::telemetry::int_gauge* in_flight_gauge(caf::actor_system& system, const std::string& service,
                                                  const std::string& of) {
  return gauge(system, "in-flight." + of, "What a service was to get, and has neither processed nor lost.",
               {{"service", service}});
}

// `at`: whose books, "source" or "service"; `of` as above.
inline caf::telemetry::int_gauge* books_gauge(caf::actor_system& system, const std::string& service,
                                              const std::string& at, const std::string& of) {
  return gauge(system, "books.difference",
               "By how much what was received is not what was dropped, processed and in flight; always 0.",
               {{"service", service}, {"at", at}, {"of", of}});
}

} // namespace livedata
