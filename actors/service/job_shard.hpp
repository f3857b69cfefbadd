// The jobs of an instrument in parts (shards) of about equal size, which several engines share. Which part a job is in
// follows from the job alone, so that all engines agree without asking each other. Plain code.
#pragma once

#include "messages/ids.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <string>

namespace livedata {

// A part of the jobs; without a number of parts all of them.
struct job_shard {
  std::uint32_t number = 0;
  // >= 1
  std::uint32_t count = 1;

  bool is_all() const noexcept { return count == 1; }

  friend bool operator==(const job_shard&, const job_shard&) = default;
};

// The shard of a job. The jobs of one start (a workflow on several sources, one job number) are dealt out to
// consecutive shards, and so are those of a configuration, whose numbers follow from workflow and source: banks of one
// instrument, which have about the same load, do not meet in one shard. Where the first one lies follows from a hash.
std::uint32_t shard_of(const instrument& inst, const workflow_id& workflow, const job_id& job, std::uint32_t count);

inline bool holds(const job_shard& shard, const instrument& inst, const workflow_id& workflow, const job_id& job) {
  return shard.is_all() || shard_of(inst, workflow, job, shard.count) == shard.number;
}

// The job number that a configuration gives a job unless it names another.
uuid configured_number(const workflow_id& workflow, std::string_view source);

// What a service is called that has one shard of its jobs: "detector_data.3"; without shards as it is.
std::string name_of(const std::string& service, const job_shard& shard);

} // namespace livedata
