// What a service says of itself and its jobs: regularly, and once at the end. Plain code.
#pragma once

#include "actors/job/job_table.hpp"
#include "messages/heartbeat.hpp"
#include "messages/outgoing.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// How status is written for the wire; without functions nothing is said.
struct status_writer {
  std::function<payload_ptr(const job_heartbeat&)> job;
  std::function<payload_ptr(const service_heartbeat&)> service;

  explicit operator bool() const noexcept { return job && service; }
};

class service_status {
public:
  // `identity`: what stays the same in every heartbeat of the service. `name`: as which its shard is known here; the
  // name of the service if empty.
  service_status(service_heartbeat identity, status_writer writer, const std::string& name = {})
    : identity_(std::move(identity)), name_(name.empty() ? identity_.service_name : name), writer_(std::move(writer)) {}

  // Goes out with the next heartbeat, and with that only.
  void attach(stream_statistics s) { statistics_ = std::move(s); }

  // All jobs in table order, then the service.
  std::vector<outgoing_message> regular(const job_table& jobs, duration batch_length);

  // The same at the end of the service: every job has stopped; the service too, or it has failed with an error. Nothing
  // if that was said before.
  std::vector<outgoing_message> last(const job_table& jobs, duration batch_length,
                                     const std::optional<std::string>& error = std::nullopt);

private:
  std::vector<outgoing_message> write(const job_table& jobs, service_heartbeat service, bool stopped);

  service_heartbeat identity_;
  std::string name_;
  status_writer writer_;
  std::optional<stream_statistics> statistics_;
  bool ended_ = false;
};

} // namespace livedata
