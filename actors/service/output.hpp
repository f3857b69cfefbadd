// What a service gives to the publisher: results, answers to commands, the status of itself and its jobs. Part of the
// coordinator's actor, in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/metrics.hpp"
#include "actors/service/coordinator_settings.hpp"
#include "actors/service/status.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class service_output {
public:
  // `room`: told when the publisher has handed over results.
  service_output(coordinator_actor::pointer self, const coordinator_settings& s, publisher_actor publisher,
                 std::function<void()> room);

  // Results, and the values of devices among them.
  void publish(std::uint64_t batch, timestamp lag_from, std::vector<std::shared_ptr<const job_result>> results);

  // The publisher has as many results waiting as it may.
  bool full() const noexcept { return in_flight_ >= most_in_flight_ || (in_flight_ > 0 && memory_.over()); }

  // Sends the answer to a command, and counts it.
  void acknowledge(const acknowledgement& a);

  // Commands refused since the last call.
  std::uint64_t take_refused() noexcept { return std::exchange(refused_untold_, 0); }

  // Goes out with the next status, and with that only.
  void attach(const stream_statistics& s) { status_.attach(s); }

  // The status of the service and its jobs, now.
  // Not while former ones wait for the publisher: the next one says the same, and more.
  void beat(const job_table& jobs, duration batch_length);

  // The same at the end; `error` if an error of the program has ended the service.
  void end(const job_table& jobs, duration batch_length, const std::optional<std::string>& error = std::nullopt) {
    send(status_.last(jobs, batch_length, error));
  }

  // An error of the program: in the log, and in the last status. Gives what the actor ends with.
  caf::error fail(const std::exception_ptr& e, const job_table& jobs, duration batch_length);

private:
  void send(std::vector<outgoing_message> messages);
  void handed_over(std::uint64_t bytes);

  coordinator_actor::pointer self_;
  std::string service_;
  publisher_actor publisher_;
  std::function<void()> room_;
  std::size_t most_in_flight_;
  std::size_t in_flight_ = 0;
  // Of all that is in flight; and of it, the results.
  memory_budget memory_;
  memory_budget::share results_;
  std::size_t statuses_in_flight_ = 0;
  caf::telemetry::int_counter* acknowledged_;
  caf::telemetry::int_counter* refused_;
  std::uint64_t refused_untold_ = 0;
  service_status status_;
};

} // namespace livedata
