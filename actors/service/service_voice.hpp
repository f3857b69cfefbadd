// What a service says besides its data path: answers to commands, the status of itself and its jobs, its last words.
// Part of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/service/coordinator_actor.hpp"
#include "actors/service/service_metrics.hpp"

#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

class service_voice {
public:
  service_voice(coordinator_actor::pointer self, const coordinator_settings& s, publisher_actor publisher,
                const service_metrics& metrics);

  // Goes out with the next status, and with that only.
  void attach(const stream_statistics& s) { heartbeats_.attach(s); }

  // The status of the service and its jobs, now.
  void beat(const job_table& jobs, duration batch_length) { publish(heartbeats_.regular(jobs, batch_length)); }

  // The same at the end; `error` if an error of the program has ended the service.
  void say_last_words(const job_table& jobs, duration batch_length,
                      const std::optional<std::string>& error = std::nullopt) {
    publish(heartbeats_.last(jobs, batch_length, error));
  }

  // An error of the program: in the log, and in the last words. Gives what the actor ends with.
  caf::error fail(const std::exception_ptr& e, const job_table& jobs, duration batch_length);

  // Counts the answer to a command; it is kept until publish_answers().
  void acknowledge(const acknowledgement& a);
  void publish_answers();

  void publish(std::vector<outgoing_message> messages);

  void publish(result_set_ptr results) { tell(self_, publisher_, std::move(results)); }

private:
  coordinator_actor::pointer self_;
  std::string service_;
  publisher_actor publisher_;
  const service_metrics& metrics_;
  heartbeats heartbeats_;
  // Answers to commands that have taken effect. They go out with the results of their cycle, before them.
  std::vector<outgoing_message> answers_;
};

} // namespace livedata
