// A whole engine in a test: small instrument, made-up pulses at full speed, results in memory.
#pragma once

#include "actors/books_metrics.hpp"
#include "actors/publisher/fan_sink.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "app/engine.hpp"
#include "app/plan.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "support/scripted_workflow.hpp"
#include "support/test_config.hpp"

#include <caf/all.hpp>
#include <caf/telemetry/collector/prometheus.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace livedata::test {

inline constexpr timestamp first_pulse{1'790'000'000'000'000'000};

inline raw_message bank_message(int bank, timestamp t, const std::vector<std::int32_t>& time,
                                const std::vector<std::int32_t>& pixel) {
  std::vector<std::int64_t> reference{t.ns};
  std::vector<std::int32_t> index{0};
  return {"small_detector", t,
          make_payload(ev44::write(fmt::format("bank{}", bank), 0, reference, index, time, pixel))};
}

// Seeded events for three banks and the monitor; some out of range of pixels and times.
inline std::vector<raw_message> random_pulse(std::uint64_t k, timestamp t, std::uint64_t seed = 1) {
  std::vector<raw_message> out;
  for (int bank = 0; bank < 3; ++bank) {
    std::mt19937_64 rng(seed * 1000003 + k * 7 + static_cast<std::uint64_t>(bank));
    std::uniform_int_distribution<std::int32_t> pixel(1000 * bank - 20, 1000 * bank + 1020);
    std::uniform_int_distribution<std::int32_t> toa(-1'000'000, 73'000'000);
    std::vector<std::int32_t> times(50 + k % 13);
    std::vector<std::int32_t> pixels(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i] = toa(rng);
      pixels[i] = pixel(rng);
    }
    out.push_back(bank_message(bank, t, times, pixels));
  }
  std::vector<std::int64_t> reference{t.ns};
  std::vector<std::int32_t> index{0};
  std::vector<std::int32_t> times{1'000'000, 2'000'000, static_cast<std::int32_t>(k % 70) * 1'000'000};
  out.push_back({"small_beam_monitor", t, make_payload(ev44::write("monitor1", 0, reference, index, times, {}))});
  return out;
}

inline job_request request(std::string workflow, std::string source, json params = json::object()) {
  job_request r;
  r.workflow = std::move(workflow);
  r.source = std::move(source);
  r.params = std::move(params);
  r.where = "test";
  return r;
}

// The books of a run that is over: nothing was lost or invented, and of these services nothing is in flight any more.
inline void check_books(caf::actor_system& system, const run_report& report, const std::vector<std::string>& services) {
  CHECK(report.books_difference.messages == 0);
  CHECK(report.books_difference.events == 0);
  for (const auto& service : services) {
    CHECK(in_flight_gauge(system, service, "messages")->value() == 0);
    CHECK(in_flight_gauge(system, service, "events")->value() == 0);
    for (const auto* at : {"source", "service"})
      for (const auto* of : {"messages", "events"})
        CHECK(books_gauge(system, service, at, of)->value() == 0);
  }
}

// One engine with its actor system. `start` has to be called; everything is ended in order by the destructor.
class engine_run {
public:
  struct options {
    std::size_t threads = 1;
    std::vector<std::string> services{"detector_data"};
    std::vector<job_request> jobs;
    std::uint64_t pulses = 70;
    // Times real time; 0: as fast as the engine takes it.
    double speed = 0;
    std::size_t queue_limit = 2048;
    std::shared_ptr<probe> record;
    scripted_workflow::hook hook;
    pulse_maker pulse = [](std::uint64_t k, timestamp t) { return random_pulse(k, t); };
    restart_settings restart;
    duration batch{1'000'000'000};
    duration publish_interval{0};
    std::uint64_t divide_from = 0;
    job_spawner spawn = spawn_job;
    // Gets the results beside the memory.
    std::shared_ptr<result_sink> beside;
    status_writer status = {};
    rewindable past = {};
    limit_settings limits;
  };

  explicit engine_run(const options& o) : config_(o.threads), system_(config_), sink_(std::make_shared<memory_sink>()) {
    settings s;
    s.services = o.services;
    s.job_threads = o.threads;
    s.divide.from_events = o.divide_from;
    s.jobs = o.jobs;
    s.job_set = "none";
    s.source.speed = o.speed;
    s.source.queue_limit = o.queue_limit;
    s.source.pulses = o.pulses;
    s.restart = o.restart;
    s.limits = o.limits;
    s.batch.interval = o.batch;
    s.publish.interval = o.publish_interval;
    auto plan = make_plan_for(small_instrument(), s, small_registry(o.record, o.hook));
    if (!plan) throw std::runtime_error(plan.error().message);
    engine_surroundings around;
    auto sinks = std::make_shared<fan_sink>();
    if (o.beside) sinks->add(o.beside);
    sinks->add(sink_);
    around.sink = sinks;
    around.clock = std::make_shared<system_wall_clock>();
    around.pulses = o.pulse;
    around.first_pulse = first_pulse;
    around.spawn = o.spawn;
    around.status = o.status;
    around.past = o.past;
    plan_ = *plan;
    engine_.emplace(system_, s, *plan, around);
  }

  livedata::engine& engine() { return *engine_; }

  caf::actor_system& system() { return system_; }

  // All metrics as a scrape gives them.
  std::string metrics_text() {
    caf::telemetry::collector::prometheus collector;
    auto text = collector.collect_from(system_.metrics());
    return {text.begin(), text.end()};
  }

  const engine_plan& plan() const { return plan_; }

  // Starts, and waits until the source has sent everything and every result is out.
  run_report run() {
    if (auto ok = engine_->start(); !ok) throw std::runtime_error(ok.error().message);
    return finish();
  }

  run_report finish() {
    while (!engine_->wait_for_source(std::chrono::seconds(60)))
      ;
    const auto report = engine_->finish();
    check_books(system_, report, engine_->what_broke() ? std::vector<std::string>{} : plan_.services);
    return report;
  }

  std::vector<da00::message> results() const {
    std::vector<da00::message> out;
    for (const auto& m : sink_->messages())
      out.push_back(da00::read(m->bytes()).value());
    return out;
  }

  // What are no results.
  std::vector<outgoing_message> sent() const { return sink_->sent(); }

  std::vector<std::vector<std::byte>> result_bytes() const {
    std::vector<std::vector<std::byte>> out;
    for (const auto& m : sink_->messages())
      out.emplace_back(m->bytes().begin(), m->bytes().end());
    return out;
  }

private:
  test_config config_;
  caf::actor_system system_;
  std::shared_ptr<memory_sink> sink_;
  engine_plan plan_;
  std::optional<livedata::engine> engine_;
};

inline const job_line* find_line(const run_report& r, std::string_view workflow, std::string_view source) {
  for (const auto& line : r.jobs)
    if (line.label->workflow == workflow && line.label->source == source) return &line;
  return nullptr;
}

} // namespace livedata::test
