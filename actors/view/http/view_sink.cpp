#include "actors/view/http/view_sink.hpp"

#include "messages/codec/x5f2.hpp"

#include <variant>
#include <vector>

namespace livedata {

void view_sink::send(std::span<const outgoing_message> messages) {
  std::vector<job_heartbeat> jobs;
  for (const auto& m : messages) {
    if (m.to != channel::heartbeat) continue;
    const auto read = x5f2::read(m.content->bytes());
    if (!read) continue;
    const auto beat = x5f2::heartbeat_of(*read);
    if (!beat) continue;
    if (const auto* job = std::get_if<job_heartbeat>(&*beat)) {
      jobs.push_back(*job);
      continue;
    }
    latest_->take_jobs(m.what, jobs);
    jobs.clear();
  }
}

} // namespace livedata
