// A whole engine between a broker's topics, or between a recording and memory.
#pragma once

#include "actors/publisher/kafka_sink.hpp"
#include "app/transport.hpp"
#include "app/wire_status.hpp"
#include "broker.hpp"
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <map>

namespace livedata::test {

// The small instrument under a name of its own, so that tests do not hear each other.
inline std::shared_ptr<const instrument> renamed_instrument(const std::string& name) {
  auto inst = std::make_shared<instrument>(*small_instrument());
  inst->name = name;
  return inst;
}

inline std::vector<job_request> some_jobs() {
  return {request("view", "bank0"), request("scripted", "bank1"), request("scripted", "bank2"),
          request("monitor_histogram", "m1")};
}

class kafka_engine {
public:
  struct options {
    std::string name = "kafka";
    std::vector<job_request> jobs = some_jobs();
    std::optional<std::filesystem::path> record = std::nullopt;
    std::optional<std::filesystem::path> replay = std::nullopt;
    scripted_workflow::hook hook = {};
    std::size_t queue_limit = 2048;
    duration batch{1'000'000'000};
    // Whether it says how it is.
    bool status = false;
    // The small one if there is none.
    std::shared_ptr<const instrument> inst = nullptr;
    std::vector<std::string> services{"detector_data", "monitor_data"};
    bool run_control = false;
    // What Kafka has kept rather than what comes.
    bool kept = false;
    // Where it keeps snapshots, and goes on from.
    std::optional<std::filesystem::path> snapshots = std::nullopt;
    std::optional<std::string> snapshot_topic = std::nullopt;
    // Whether names are those of the development set-up.
    bool dev = true;
    // Whether it reads only what its jobs need, as an engine of a cluster does.
    bool selective = false;
    std::chrono::nanoseconds topic_patience = 60s;
    job_spawner spawn = spawn_job;
    std::size_t restart_limit = 3;
  };

  kafka_engine(const broker* b, options o)
    : config_(2), system_(config_), results_(std::make_shared<memory_sink>()), sinks_(std::make_shared<fan_sink>()) {
    settings s;
    s.services = o.services;
    s.run_control = o.run_control;
    s.jobs = o.jobs;
    s.job_set = "none";
    s.dev = o.dev;
    s.record = o.record;
    s.source.queue_limit = o.queue_limit;
    s.batch.interval = o.batch;
    s.restart.limit = o.restart_limit;
    if (o.replay) {
      s.source.kind = "replay";
      s.source.speed = 0;
      s.replay_file = o.replay;
    } else {
      s.source.kind = "kafka";
      s.publish.kind = "kafka";
      s.kafka.bootstrap_servers = b->servers();
      if (o.kept) s.kafka.read = "kept";
    }
    plan_ = make_plan_for(o.inst ? o.inst : renamed_instrument(o.name), s, small_registry(nullptr, o.hook)).value();
    s.snapshots.directory = o.snapshots;
    s.snapshots.topic = o.snapshot_topic;
    s.snapshots.interval = {50'000'000};
    const auto no_variables = [](const std::string&) { return std::optional<std::string>{}; };
    const auto kept = open_snapshots(s, plan_, no_variables);
    if (!kept) throw std::runtime_error(kept.error().message);
    if (o.selective) plan_.needed = needed_streams_of(*kept, plan_);
    auto opened = open_transport(s, plan_, no_variables, kept->newest);
    if (!opened) throw std::runtime_error(opened.error().message);
    transport_ = std::move(*opened);
    engine_surroundings around;
    around.clock = std::make_shared<system_wall_clock>();
    around.spawn = o.spawn;
    if (o.status) around.status = wire_status();
    connect(around, s, transport_, *kept);
    around.spawn_source = [before = around.spawn_source, o](caf::actor_system& system, source_surroundings ss) {
      ss.topic_patience = o.topic_patience;
      return before(system, std::move(ss));
    };
    around.tap = [this, before = around.tap](const raw_message& m) {
      if (before) before(m);
      ++received_;
    };
    sinks_->add(results_);
    if (transport_.producer) sinks_->add(std::make_shared<kafka_sink>(system_, transport_.producer, o.name));
    around.sink = sinks_;
    engine_.emplace(system_, s, plan_, around);
    if (auto ok = engine_->start(); !ok) throw std::runtime_error(ok.error().message);
  }

  bool received(std::size_t n, std::chrono::seconds patience = 60s) const {
    auto end = std::chrono::steady_clock::now() + patience;
    while (received_ < n && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(10ms);
    return received_ >= n;
  }

  run_report finish() {
    auto last = engine_->finish();
    if (transport_.record) REQUIRE(transport_.record->finish());
    return last;
  }

  run_report run_to_end() {
    while (!engine_->wait_for_source(60s))
      ;
    return finish();
  }

  // By output, in order; services take turns as they please.
  std::map<std::string, std::vector<std::vector<std::byte>>> results_by_output() const {
    std::map<std::string, std::vector<std::vector<std::byte>>> out;
    for (const auto& bytes : results())
      out[da00::read(bytes).value().source_name].push_back(bytes);
    return out;
  }

  std::vector<std::vector<std::byte>> results() const {
    std::vector<std::vector<std::byte>> out;
    for (const auto& m : results_->messages())
      out.emplace_back(m->bytes().begin(), m->bytes().end());
    return out;
  }

  const std::optional<std::string>& source_failure() const { return engine_->source_failure(); }

  kafka_producer& producer() { return *transport_.producer; }

  // All metrics as a scrape gives them.
  std::string metrics() const {
    caf::telemetry::collector::prometheus collector;
    const auto text = collector.collect_from(system_.metrics());
    return {text.begin(), text.end()};
  }

  // Messages that are no results.
  std::vector<outgoing_message> said() const { return results_->sent(); }

  bool source_is_running() { return !engine_->wait_for_source(0ms); }

private:
  test_config config_;
  caf::actor_system system_;
  std::shared_ptr<memory_sink> results_;
  std::shared_ptr<fan_sink> sinks_;
  engine_plan plan_;
  transport transport_;
  std::atomic<std::size_t> received_{0};
  std::optional<engine> engine_;
};

// The sum of a metric over its labels that begin with these, in the text of a scrape.
inline std::uint64_t metric(const std::string& text, const std::string& name, const std::string& labels = {}) {
  std::uint64_t sum = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + "{" + labels)) sum += std::stoull(line.substr(line.find("} ") + 2));
  return sum;
}

// Makes the topics that an engine of that instrument, or of the small one by that name, reads and writes.
inline void make_topics(broker& b, const instrument& inst) {
  for (const auto& t : topics_of_instrument(inst))
    b.make_topic(t.name);
}

inline void make_topics(broker& b, const std::string& name) {
  make_topics(b, *renamed_instrument(name));
}

// The pulses of the engine tests under another instrument's name.
inline std::vector<raw_message> pulse_of(const std::string& name, std::uint64_t k, std::uint64_t seed = 1) {
  auto messages = random_pulse(k, first_pulse + static_cast<std::int64_t>(k) * pulse_period, seed);
  for (auto& m : messages)
    m.topic = name + m.topic.substr(std::string("small").size());
  return messages;
}

inline std::uint64_t events_in(const std::vector<raw_message>& messages) {
  std::uint64_t n = 0;
  for (const auto& m : messages)
    n += ev44::read(m.content->bytes()).value().time_of_flight.size();
  return n;
}

struct scratch_path {
  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("livedata-" + to_string(random_uuid()) + ".rec");

  ~scratch_path() { std::filesystem::remove(path); }
};

} // namespace livedata::test
