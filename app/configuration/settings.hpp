// Everything that a user can set, as plain values with their defaults. What the values may be is said (and checked) in
// options.cpp; whoever receives settings may rely on it.
#pragma once

#include "messages/timestamp.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// A job that is started with the engine.
struct job_request {
  // "loki/tube_view/1" or just "tube_view".
  std::string workflow;
  std::string source;
  // Parameters of the workflow, names with '_'.
  json params = json::object();
  // A UUID in lower case with hyphens.
  std::optional<std::string> number;
  // Data time, ns since the epoch, UTC; the end comes after the start.
  std::optional<std::int64_t> start_ns, end_ns;
  // File and line, for messages; no part of what is asked for.
  std::string where;

  friend bool operator==(const job_request& a, const job_request& b) {
    return a.workflow == b.workflow && a.source == b.source && a.params == b.params && a.number == b.number &&
           a.start_ns == b.start_ns && a.end_ns == b.end_ns;
  }
};

struct source_settings {
  std::string kind = "simulator";
  // Events per second, > 0.
  double rate = 1e6;
  std::uint64_t seed = 1;
  // 1: real time; n: n times as fast; 0: as fast as the engine takes it.
  double speed = 1;
  // 0: endless.
  std::uint64_t pulses = 0;
  // Messages, >= 1.
  std::size_t queue_limit = 2048;

  friend bool operator==(const source_settings&, const source_settings&) = default;
};

struct batch_settings {
  std::string kind = "rate-aware";
  bool adaptive = true;
  duration interval{1'000'000'000};
  // Batch lengths, but at least a second, without an answer of any job after which the others go on without those at
  // work; 0: never.
  double deadline = 3;

  friend bool operator==(const batch_settings&, const batch_settings&) = default;
};

struct publish_settings {
  // none, memory, files or kafka.
  std::string kind = "none";
  // Set if kind is files.
  std::optional<std::filesystem::path> directory;
  // latest or all.
  std::string keep = "latest";
  // Any of da00 and hdf5.
  std::vector<std::string> format = {"da00"};
  // Data time between two results of a job; 0: results with every batch.
  duration interval{0};

  friend bool operator==(const publish_settings&, const publish_settings&) = default;
};

struct kafka_settings {
  // "host:port,…"; by the environment if not set.
  std::optional<std::string> bootstrap_servers;
  // "name=value", any property of librdkafka.
  std::vector<std::string> properties;
  // new: what comes from now on; kept: what the broker has kept of the data up to now, then the run ends.
  std::string read = "new";

  friend bool operator==(const kafka_settings&, const kafka_settings&) = default;
};

struct restart_settings {
  std::uint64_t limit = 3;
  duration delay{100'000'000};

  friend bool operator==(const restart_settings&, const restart_settings&) = default;
};

struct divide_settings {
  // Events of one batch; 0: never.
  std::uint64_t from_events = 200'000;

  friend bool operator==(const divide_settings&, const divide_settings&) = default;
};

struct limit_settings {
  // Megabytes (10^6 bytes) that one job may need.
  std::uint64_t job_memory = 2000;
  // Megabytes that all jobs together may need; a share of the machine's memory if not set.
  std::optional<std::uint64_t> jobs_memory;
  // Megabytes of messages and results that may be in flight, in all services together; the same.
  std::optional<std::uint64_t> in_flight_memory;
  // Megabytes of data that may wait for a job that is behind.
  std::uint64_t behind_memory = 256;

  friend bool operator==(const limit_settings&, const limit_settings&) = default;
};

struct backfill_settings {
  // Megabytes (10^6 bytes) of data that backfill of one service may hold.
  std::uint64_t memory = 256;
  // Readers of the past of one service at a time, >= 1.
  std::size_t readers = 2;

  friend bool operator==(const backfill_settings&, const backfill_settings&) = default;
};

struct snapshot_settings {
  // At most one of these is given; without any there are no snapshots.
  std::optional<std::filesystem::path> directory;
  std::optional<std::string> topic;

  explicit operator bool() const noexcept { return directory || topic; }

  // Time on the wall between two.
  duration interval{10'000'000'000};
  // Generations of each service, >= 1.
  std::size_t keep = 3;

  friend bool operator==(const snapshot_settings&, const snapshot_settings&) = default;
};

struct cluster_settings {
  // Engines with the same name share the jobs of the instrument; without one there is no cluster.
  std::optional<std::string> name;
  // Into how many shards the jobs are dealt, if the topic has to be made.
  std::uint64_t shards = 6;
  // After so long without a sign of life an engine is taken for dead.
  duration session{10'000'000'000};

  explicit operator bool() const noexcept { return name.has_value(); }

  friend bool operator==(const cluster_settings&, const cluster_settings&) = default;
};

struct metrics_settings {
  // No endpoint if there is no port.
  std::optional<std::uint16_t> port;
  std::string address = "127.0.0.1";

  friend bool operator==(const metrics_settings&, const metrics_settings&) = default;
};

struct http_settings {
  // No server if there is no port, or 0.
  std::optional<std::uint16_t> port;
  std::string address = "127.0.0.1";
  // A place of its own if not set; on a loopback address no token is asked for then.
  std::optional<std::filesystem::path> token_file;
  // Beside the address, localhost, and the name of the machine.
  std::vector<std::string> host_names;

  friend bool operator==(const http_settings&, const http_settings&) = default;
};

struct viewing_settings {
  // Whether jobs may be started, stopped and changed over HTTP.
  bool control = false;

  friend bool operator==(const viewing_settings&, const viewing_settings&) = default;
};

struct scheduler_settings {
  // sharing or stealing.
  std::string policy = "sharing";
  // Messages that an actor may handle before it has to let others run.
  std::size_t max_throughput = 50;

  friend bool operator==(const scheduler_settings&, const scheduler_settings&) = default;
};

struct settings {
  std::string instrument;
  std::vector<std::filesystem::path> instrument_path;
  std::string geometry = "auto";
  std::vector<std::string> services{"detector_data"};
  // Topics and source names of the development set-up; the simulator has no others.
  bool dev = false;
  // Whether starts and stops of runs reset jobs.
  bool run_control = false;
  std::size_t job_threads = 1;
  // How long to run; until interrupted if not set.
  std::optional<duration> run_for;
  // error, warning, info or debug.
  std::string log_level = "info";
  // text or json.
  std::string log_format = "text";
  source_settings source;
  kafka_settings kafka;
  // Set if the source is a replay.
  std::optional<std::filesystem::path> replay_file;
  // Where everything that comes in is recorded.
  std::optional<std::filesystem::path> record;
  // Whether a file that is there may be written over by the recording.
  bool record_force = false;
  batch_settings batch;
  publish_settings publish;
  restart_settings restart;
  divide_settings divide;
  limit_settings limits;
  backfill_settings backfill;
  snapshot_settings snapshots;
  cluster_settings cluster;
  // auto, table, lines or none.
  std::string display = "auto";
  std::optional<std::filesystem::path> images;
  std::optional<std::filesystem::path> summary;
  // The job set of the instrument to start if no jobs are listed; "none": no jobs.
  std::string job_set = "default";
  std::vector<job_request> jobs;
  metrics_settings metrics;
  http_settings http;
  viewing_settings viewing;
  scheduler_settings scheduler;

  friend bool operator==(const settings&, const settings&) = default;
};

} // namespace livedata
