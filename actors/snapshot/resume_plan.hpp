// How a service goes on from a snapshot in this process: from which offsets the transport has to be read, and which
// jobs there are. Plain code.
#pragma once

#include "actors/snapshot/service_snapshot.hpp"
#include "actors/type_ids.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// A part of the transport as it is now.
struct present_lane {
  std::uint32_t number = 0;
  lane_name name;
  // Of what the transport has: the first message, and what comes next.
  std::int64_t oldest = 0;
  std::int64_t end = 0;
  // Where a service begins that has never read it.
  std::int64_t first = 0;
};

// Where the reading of each lane has to begin so that the service gets all that it needs.
std::map<lane_name, std::int64_t> needed_offsets(const service_snapshot& s);

// Where the reading of a lane begins that is to serve all these services; those that are null have never read anything.
// If they read others of its topic it was not there before, and is read from its beginning.
std::int64_t begin_of(const present_lane& lane, const std::vector<std::shared_ptr<const service_snapshot>>& services);

struct resumed_lanes {
  resumed_service service;
  // What cannot be had any more, for people.
  std::vector<std::string> losses;
  // Messages that the transport has no more, as far as known.
  std::uint64_t lost_messages = 0;
};

// `from` may be null: the service has never read anything.
resumed_lanes resume_at(std::shared_ptr<const service_snapshot> from, const std::vector<present_lane>& lanes);

struct resumed_jobs {
  // With the jobs that go on.
  std::shared_ptr<const service_snapshot> snapshot;
  // The orders of the configuration that are new.
  std::vector<order_ptr> orders;
  // What became of the others, for people.
  std::vector<std::string> notes;
};

// The configuration is right where it has changed: a job that it does not list any more ends, one that it lists
// otherwise begins anew. What commands have done to jobs that it lists as before holds. `orders`: of this service.
resumed_jobs resume_jobs(service_snapshot s, const std::vector<order_ptr>& orders);

// The job as it is written down.
job_spec spec_of(const job_order& order);

} // namespace livedata
