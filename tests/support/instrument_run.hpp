// A run of a whole engine on any instrument, as fast as it takes its messages, with everything that it gives in memory.
#pragma once

#include "actors/source/pulse_simulator.hpp"
#include "support/engine_run.hpp"
#include "workflows/registry.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace livedata::test {

struct instrument_run {
  engine_plan plan;
  run_report report;
  std::vector<da00::message> results;
  // What are no results.
  std::vector<outgoing_message> sent;
};

// Makes the pulses of a plan.
using plan_pulses = std::function<pulse_maker(const engine_plan&)>;

// No jobs but those that the settings list, and those that commands start.
inline instrument_run run_instrument(const std::shared_ptr<const instrument>& inst, settings s, std::size_t threads,
                                     const plan_pulses& pulses) {
  s.job_set = "none";
  s.source.speed = 0;
  auto plan = make_plan_for(inst, s, builtin_workflows());
  if (!plan) throw std::runtime_error(plan.error().message);
  test_config config(threads);
  caf::actor_system system(config);
  auto sink = std::make_shared<memory_sink>();
  engine_surroundings around;
  around.sink = sink;
  around.clock = std::make_shared<system_wall_clock>();
  around.pulses = pulses(*plan);
  around.first_pulse = first_pulse;
  engine e(system, s, *plan, around);
  if (auto ok = e.start(); !ok) throw std::runtime_error(ok.error().message);
  while (!e.wait_for_source(std::chrono::seconds(60)))
    ;
  instrument_run run{*plan, e.finish(), {}, sink->sent()};
  for (const auto& m : sink->messages())
    run.results.push_back(da00::read(m->bytes()).value());
  return run;
}

// The pulses of the simulator, for all streams of the plan.
inline plan_pulses simulated(const std::shared_ptr<const instrument>& inst, double events_per_second) {
  return [=](const engine_plan& plan) -> pulse_maker {
    simulator_settings ss;
    ss.rate = events_per_second;
    ss.detectors = plan.detectors;
    ss.monitors = plan.monitors;
    ss.area_detectors = plan.area_detectors;
    ss.logs = plan.logs;
    std::shared_ptr<pulse_simulator> simulator = pulse_simulator::make(*inst, ss).value();
    return [simulator](std::uint64_t k, timestamp t) { return simulator->pulse(k, t); };
  };
}

// The same pulses whatever the plan.
inline plan_pulses made_by(pulse_maker make) {
  return [make = std::move(make)](const engine_plan&) { return make; };
}

} // namespace livedata::test
