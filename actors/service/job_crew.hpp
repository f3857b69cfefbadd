// The actors behind the jobs of a table: which actor works for which job, how often it was replaced, and the metrics of
// the job. Plain bookkeeping for the coordinator.
#pragma once

#include "actors/actors.hpp"
#include "actors/metrics.hpp"

#include <map>
#include <memory>
#include <string>

namespace livedata {

struct job_metrics {
  caf::telemetry::dbl_histogram* processing = nullptr;
  caf::telemetry::int_counter* events = nullptr;
  caf::telemetry::int_counter* divided = nullptr;
  caf::telemetry::int_counter* unknown_pixel = nullptr;
  caf::telemetry::int_counter* out_of_range = nullptr;
  caf::telemetry::int_counter* accumulate_failures = nullptr;
  caf::telemetry::int_counter* finalize_failures = nullptr;
  caf::telemetry::int_counter* deaths = nullptr;

  void observe(const job_reply& reply) const;
};

struct crew_member {
  order_ptr order;
  std::shared_ptr<const job_label> label;
  job_actor actor;
  // Tells a message about the present actor from one about a former.
  std::uint64_t generation = 0;
  std::size_t restarts = 0;
  // Batches booked since the last restart.
  std::size_t batches_alive = 0;
  job_metrics metrics;
};

class job_crew {
public:
  explicit job_crew(caf::actor_system& system) : system_(system) {}

  job_crew(const job_crew&) = delete;
  job_crew& operator=(const job_crew&) = delete;
  // Ends all actors.
  ~job_crew();

  // Takes on a job whose actor is ready. An actor that worked under the same id is ended.
  crew_member& hire(const order_ptr& order, job_actor actor);
  void dismiss(const job_id& id);

  // nullptr if there is none.
  crew_member* find(const job_id& id);

private:
  caf::actor_system& system_;
  std::map<job_id, crew_member> members_;
  std::uint64_t next_generation_ = 1;
};

} // namespace livedata
