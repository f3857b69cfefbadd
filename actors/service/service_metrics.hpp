// The metrics of one service.
#pragma once

#include "actors/metrics.hpp"

#include <string>

namespace livedata {

struct service_metrics {
  caf::telemetry::int_counter* batches;
  caf::telemetry::int_counter* messages;
  caf::telemetry::int_counter* events;
  caf::telemetry::dbl_histogram* fan_out;
  caf::telemetry::int_gauge* waiting;
  caf::telemetry::int_gauge* jobs;
  caf::telemetry::int_counter* commands;
  caf::telemetry::int_counter* commands_refused;

  service_metrics(caf::actor_system& system, const std::string& service)
    : batches(counter(system, "batches", "Batches booked.", {{"service", service}})),
      messages(counter(system, "batch.messages", "Messages in booked batches.", {{"service", service}})),
      events(counter(system, "batch.events", "Events in booked batches.", {{"service", service}})),
      fan_out(duration_histogram(system, "batch.fan-out-time",
                                 "Time from the first request to a job to the last answer.", {{"service", service}})),
      waiting(gauge(system, "batch.waiting", "Complete batches that wait for the jobs.", {{"service", service}})),
      jobs(gauge(system, "jobs", "Jobs in the table.", {{"service", service}})),
      commands(counter(system, "commands", "Commands answered.", {{"service", service}, {"response", "ACK"}})),
      commands_refused(counter(system, "commands", "Commands answered.", {{"service", service}, {"response", "ERR"}})) {
  }
};

} // namespace livedata
