// The jobs of a configuration with some simulated data each, ready to be run without an engine around them.
#pragma once

#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "messages/result.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "workflows/registry.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace livedata::bench {

struct prepared_job {
  job_id id;
  recipe_ptr recipe;
  std::shared_ptr<workflow> work;
  // What one batch brings for it.
  std::shared_ptr<const job_data> data;
  // Of its source.
  std::uint64_t events = 0;

  // The events of its source; null if it takes other data.
  events_ptr primary() const {
    const auto* events = std::get_if<events_ptr>(&data->primary.front().value);
    return events == nullptr ? nullptr : *events;
  }
};

struct prepared_jobs {
  // Owns the memory of the events.
  std::shared_ptr<pulse_simulator> simulator;
  // Those that get data.
  std::vector<prepared_job> jobs;
  // The events of the batch, each stream once.
  std::vector<events_ptr> streams;

  std::uint64_t events() const;
};

// How the events of detectors are spread.
enum class spread : std::uint8_t {
  // As the simulator makes them.
  simulated,
  // Evenly over all pixels of the detector, and over the time between two pulses.
  even
};

// Simulates that many pulses, decodes and collects them as the engine does, builds the jobs of the plan and tells them
// their settings.
result<prepared_jobs> prepare_jobs(const settings& s, const engine_plan& plan, std::uint64_t pulses,
                                   spread how = spread::simulated);

} // namespace livedata::bench
