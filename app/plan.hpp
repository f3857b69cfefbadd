// What an engine is going to do, worked out from settings and instrument file before anything starts: the jobs, the
// streams, the routes from raw messages to services.
#pragma once

#include "actors/actors.hpp"
#include "actors/memory_budget.hpp"
#include "actors/service/job_shard.hpp"
#include "actors/source/adapter.hpp"
#include "app/configuration/settings.hpp"
#include "messages/result.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/registry.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace livedata {

struct engine_plan {
  std::shared_ptr<const instrument> inst;
  workflow_registry workflows;
  std::filesystem::path instrument_file;
  // Where positions of pixels come from, for people; may be empty.
  std::string geometry_note = {};
  // Services, in the order in which their coordinators are numbered; one that has several shards is there several
  // times.
  std::vector<std::string> services;
  // By the same number.
  std::vector<job_shard> shards;
  // In order of starting.
  std::vector<order_ptr> orders;
  // Streams that the services need, in instrument order.
  std::vector<std::string> detectors;
  std::vector<std::string> monitors;
  std::vector<std::string> area_detectors = {};
  std::vector<std::string> logs = {};
  // By number of the service: the streams that its jobs need at the beginning, where of those that come with the pulses
  // only these are read. Empty: all are read.
  std::vector<std::set<std::string>> needed = {};
  // From raw messages to those services.
  std::shared_ptr<const adapter> routes;
};

// What a service and its shard are called, by number: "detector_data", or "detector_data.3".
std::vector<std::string> service_names(const engine_plan& plan);

// The number of the service of the plan, and of its shard, that a job belongs to. It has to be there.
std::size_t number_of_service(const engine_plan& plan, const job_order& order);

// The orders of a service, by its number.
std::vector<order_ptr> orders_of(const engine_plan& plan, std::size_t number);

// The topics that are read at the beginning.
std::vector<std::string> topics_at_start(const engine_plan& plan);

// The plan of an engine that has only some shards, of `count`, of the jobs of a plan.
engine_plan with_shards(const engine_plan& whole, const settings& s, const std::set<std::uint32_t>& numbers,
                        std::uint32_t count);

// Whether topics and source names are those of the development set-up: the simulator speaks as its producers do.
inline bool speaks_development(const settings& s) {
  return s.dev || s.source.kind == "simulator";
}

// Folders in which instrument files are looked for: those of the settings, then those of the installation.
std::vector<std::filesystem::path> instrument_folders(const settings& s);

// Failures are errors of the configuration: their messages say where the mistake is and what to do.
result<engine_plan> make_plan(const settings& s, const workflow_registry& workflows);

// The same for an instrument that is there already.
result<engine_plan> make_plan_for(std::shared_ptr<const instrument> inst, const settings& s,
                                  const workflow_registry& workflows);

// What to say of a source name that the plan does not know, if there is something to say: that it is one of the other
// naming, development or production.
std::string explain_source(const instrument& inst, const std::vector<std::string>& services, bool development,
                           std::string_view topic, std::string_view source);

// Services of the plan that have no job, a sentence each: that the instrument has no workflow for it; or, unless
// commands start the jobs (`by_command`), that none is configured.
std::vector<std::string> services_without_jobs(const engine_plan& plan, bool by_command);

// Builds every job of the plan, to see that it can be done, and that there is memory for all of them in `jobs`. The
// failure names the job.
status try_jobs(const engine_plan& plan, const memory_budget& jobs);

// A simulator of the streams that the plan needs. `rate`: events per second of all detectors together.
simulator_settings simulator_for(const engine_plan& plan, double rate, std::uint64_t seed = 1);

// The plan as a text for people.
std::string describe(const engine_plan& plan);

} // namespace livedata
