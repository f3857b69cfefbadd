// What the jobs of a service need of the streams that come with the pulses, where the source reads only what is needed:
// has it read more before a job begins, and less when jobs have gone. Part of the coordinator's actor, in whose name it
// sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/job/job_table.hpp"
#include "actors/service/coordinator_settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace livedata {

// The streams from outside that a job takes.
std::set<std::string> streams_for(const instrument& inst, const std::string& source, const stream_needs& needs);

class stream_demand {
public:
  // `settings` and `table` live as long as this. `begins`: hears where lanes begin of which the service may know
  // nothing yet.
  stream_demand(coordinator_actor::pointer self, const coordinator_settings& settings, const job_table& table,
                std::function<void(const lane_offsets&)> begins);

  // The source has sent something.
  void met(const caf::strong_actor_ptr& source);

  // Calls `then` when everything is read that the job needs. The job counts from now on, until it has left the table.
  void want(const order_ptr& order, std::function<void()> then);

  // The job is in the table now, or never will be.
  void entered(const job_id& id);

  // Jobs may have left the table.
  void look();

  // Nothing is waited for any more.
  void stop();

private:
  struct waiting_job {
    std::function<void()> then;
    // Number of the question whose answer it waits for; 0: it was not asked yet.
    std::uint64_t question = 0;
  };

  std::set<std::string> needed() const;
  void ask_source();
  void answered(std::uint64_t question);

  coordinator_actor::pointer self_;
  const coordinator_settings& settings_;
  const job_table& table_;
  std::function<void(const lane_offsets&)> begins_;
  source_actor source_;
  // Jobs that are not in the table yet; one may be started again while it is.
  std::multimap<job_id, std::set<std::string>> coming_;
  // What the source was asked for last, and what it has said that it reads.
  std::set<std::string> asked_;
  std::set<std::string> read_;
  std::vector<waiting_job> waiting_;
  std::uint64_t questions_ = 0;
  // Of the table, at the last look.
  std::uint64_t revision_ = 0;
  bool stopped_ = false;
};

} // namespace livedata
