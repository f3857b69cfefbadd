// A run of a whole engine on any instrument, as fast as it takes its messages, with everything that it gives in memory.
#pragma once

#include "support/engine_run.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "workflows/registry.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace livedata::test {

struct instrument_run {
  engine_plan plan;
  run_report report;
  std::vector<da00::message> results;
  // What are no results.
  std::vector<outgoing_message> sent;
};

// A result on the wire, with its key taken apart.
struct told_result {
  std::string workflow;
  std::string source;
  std::string output;
  data_array data;

  double sum() const {
    return std::visit(
      [](const auto& content) {
        double s = 0;
        for (auto x : content)
          s += static_cast<double>(x);
        return s;
      },
      data.data.data);
  }

  std::int64_t time(const char* coord) const {
    return std::get<std::vector<std::int64_t>>(data.coord(coord)->data).at(0);
  }
};

inline std::vector<told_result> told(std::vector<da00::message> results) {
  std::vector<told_result> out;
  for (auto& message : results) {
    auto key = json::parse(message.source_name);
    out.push_back(
      {key["workflow_id"]["name"], key["job_id"]["source_name"], key["output_name"], std::move(message.data)});
  }
  return out;
}

// Makes the pulses of a plan.
using plan_pulses = std::function<pulse_maker(const engine_plan&)>;

// No jobs but those that the settings list, and those that commands start. What it gives goes to `sink`.
inline instrument_run run_instrument(const std::shared_ptr<const instrument>& inst, settings s, std::size_t threads,
                                     const plan_pulses& pulses,
                                     const workflow_registry& workflows = builtin_workflows(),
                                     const std::shared_ptr<memory_sink>& sink = std::make_shared<memory_sink>()) {
  s.job_set = "none";
  s.source.speed = 0;
  auto plan = make_plan_for(inst, s, workflows);
  if (!plan) throw std::runtime_error(plan.error().message);
  test_config config(threads);
  caf::actor_system system(config);
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
  check_books(system, run.report, plan->services);
  for (const auto& m : sink->messages())
    run.results.push_back(da00::read(m->bytes()).value());
  return run;
}

// The same pulses whatever the plan.
inline plan_pulses made_by(pulse_maker make) {
  return [make = std::move(make)](const engine_plan&) { return make; };
}

// What the services give by themselves from pulses that are made up, in the development set-up.
inline std::vector<told_result> results_of(const std::shared_ptr<const instrument>& inst,
                                           std::vector<std::string> services, std::vector<job_request> jobs,
                                           std::uint64_t pulses, std::size_t threads, pulse_maker make) {
  settings s;
  s.services = std::move(services);
  s.dev = true;
  s.jobs = std::move(jobs);
  s.source.pulses = pulses;
  return told(run_instrument(inst, s, threads, made_by(std::move(make))).results);
}

// The pulses of the simulator, for all streams of the plan.
inline plan_pulses simulated(const std::shared_ptr<const instrument>& inst, double events_per_second) {
  return [=](const engine_plan& plan) -> pulse_maker {
    std::shared_ptr<pulse_simulator> simulator =
      pulse_simulator::make(*inst, simulator_for(plan, events_per_second)).value();
    return [simulator](std::uint64_t k, timestamp t) { return simulator->pulse(k, t); };
  };
}

} // namespace livedata::test
