#include "app/configuration/options.hpp"

#include "app/configuration/option_binding.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

namespace livedata {

namespace {

using binding::bind;

// The part of an entry that is written down; path and kind follow from name and member.
option entry(std::string group, std::string name, std::string help, std::string alias = {}) {
  option o;
  o.group = std::move(group);
  o.path = name.starts_with("caf.") ? name : "livedata." + name;
  o.name = std::move(name);
  o.alias = std::move(alias);
  o.help = std::move(help);
  return o;
}

option flag(std::string name, std::string help) {
  auto o = entry("Command line only", std::move(name), std::move(help));
  o.path.clear();
  o.kind = option_kind::flag;
  return o;
}

option words(option o, std::vector<std::string> allowed) {
  o.allowed = std::move(allowed);
  return o;
}

option at_least(double low, option o) {
  o.low = low;
  return o;
}

option between(double low, double high, option o) {
  o.high = high;
  return at_least(low, std::move(o));
}

option more_than(double low, option o) {
  o.above_low = true;
  return at_least(low, std::move(o));
}

option example(std::string text, option o) {
  o.example = std::move(text);
  return o;
}

option unset(std::string what, option o) {
  o.unset = std::move(what);
  return o;
}

option in_file(std::string path, option o) {
  o.path = std::move(path);
  return o;
}

// More seconds than this do not fit into 64-bit nanoseconds.
constexpr double longest_seconds = 9e9;
constexpr double most_threads = 1024;
// Whole numbers above this cannot be told apart in JSON and doubles.
constexpr double most_counted = 9007199254740992;

std::vector<option> engine_options() {
  auto g = "Engine";
  return {
    bind(
      example("\"loki\"", entry(g, "instrument", "Name of the instrument, or path of its file. Must be given.")),
      [](auto& s) -> auto& { return s.instrument; }),
    bind(
      example("[\"./instruments\"]",
              entry(g, "instrument-path", "Folders to look for instrument files in, before the usual ones.")),
      [](auto& s) -> auto& { return s.instrument_path; }),
    bind(
      words(entry(g, "geometry",
                  "Positions of pixels: from the NeXus file of the day, which must be there (files), as the instrument "
                  "file describes them (described), or the first if there is such a file (auto)."),
            {"auto", "files", "described"}),
      [](auto& s) -> auto& { return s.geometry; }),
    bind(
      words(entry(g, "services", "Services that this process hosts."),
            {"detector_data", "monitor_data", "data_reduction", "timeseries"}),
      [](auto& s) -> auto& { return s.services; }),
    bind(
      entry(g, "dev",
            "Listen to the topics and source names of the development set-up, which simulated producers use, instead "
            "of those of production."),
      [](auto& s) -> auto& { return s.dev; }),
    bind(
      entry(g, "run-control", "Listen to starts and stops of runs (topic <instrument>_filewriter), which reset jobs."),
      [](auto& s) -> auto& { return s.run_control; }),
    bind(
      between(1, most_threads, entry(g, "job-threads", "Worker threads for all actors (caf.scheduler.max-threads).")),
      [](auto& s) -> auto& { return s.job_threads; }),
    bind(
      between(0, most_counted,
              entry(g, "divide.from-events",
                    "Events in a batch from which a job with more of them than the other threads have is counted by "
                    "all job threads; 0: never.")),
      [](auto& s) -> auto& { return s.divide.from_events; }),
    [&] {
      auto o = bind(
        between(0, longest_seconds,
                unset("until interrupted",
                      example("20s", entry(g, "duration",
                                           "How long to run: seconds, or a time with a unit (ms, s, min, h).")))),
        [](auto& s) -> auto& { return s.run_for; });
      o.kind = option_kind::seconds;
      o.above_low = true;
      return o;
    }(),
    bind(
      words(entry(g, "log-level", "Least severe level that is logged."), {"error", "warning", "info", "debug"}),
      [](auto& s) -> auto& { return s.log_level; }),
    bind(
      words(entry(g, "log-format", "How lines of the log are written: as text, or each as a JSON object."),
            {"text", "json"}),
      [](auto& s) -> auto& { return s.log_format; }),
    bind(
      between(0, most_counted,
              entry(g, "restart.limit", "How often a failed part is restarted before it is left in error.")),
      [](auto& s) -> auto& { return s.restart.limit; }),
    bind(
      between(0, longest_seconds, entry(g, "restart.delay", "Wait before the first restart.")),
      [](auto& s) -> auto& { return s.restart.delay; }),
    bind(
      between(1, 1e9, entry(g, "limits.job-memory", "MB that a job may need; one that would need more is refused.")),
      [](auto& s) -> auto& { return s.limits.job_memory; }),
    bind(
      between(1, 1e9,
              unset("half of the machine's memory",
                    example("8000", entry(g, "limits.jobs-memory",
                                          "MB that all jobs together may need; one that would need more than is left "
                                          "is refused.")))),
      [](auto& s) -> auto& { return s.limits.jobs_memory; }),
    bind(
      between(1, 1e9,
              unset("a quarter of the machine's memory",
                    example("4000", entry(g, "limits.in-flight-memory",
                                          "MB of messages that wait or are at work and of results on their way; beyond "
                                          "that messages are dropped and counted.")))),
      [](auto& s) -> auto& { return s.limits.in_flight_memory; }),
    bind(
      between(
        1, 1e9,
        entry(g, "limits.behind-memory", "MB of data that may wait for a job that the others have gone on without.")),
      [](auto& s) -> auto& { return s.limits.behind_memory; }),
    bind(
      between(32, 1e9, entry(g, "backfill.memory", "MB of data that a service may hold while jobs take in the past.")),
      [](auto& s) -> auto& { return s.backfill.memory; }),
    bind(
      between(1, most_threads,
              entry(g, "backfill.readers", "Readers of the past of a service at a time; jobs share them, or wait.")),
      [](auto& s) -> auto& { return s.backfill.readers; }),
  };
}

std::vector<option> snapshot_options() {
  auto g = "Snapshots";
  return {
    bind(
      unset("none are kept",
            example("\"/var/lib/livedata\"",
                    entry(g, "snapshots.directory",
                          "Folder for snapshots of jobs, data and positions, from which the next start goes on.",
                          "snapshots"))),
      [](auto& s) -> auto& { return s.snapshots.directory; }),
    bind(
      unset("none are kept",
            example("\"loki_livedata_snapshots\"",
                    entry(g, "snapshots.topic",
                          "Compacted Kafka topic for snapshots instead of a folder; is made if it is not there."))),
      [](auto& s) -> auto& { return s.snapshots.topic; }),
    more_than(0, bind(
                   between(0, longest_seconds, entry(g, "snapshots.interval", "Time between two snapshots.")),
                   [](auto& s) -> auto& { return s.snapshots.interval; })),
    bind(
      between(1, most_counted, entry(g, "snapshots.keep", "Snapshots of each service that are kept.")),
      [](auto& s) -> auto& { return s.snapshots.keep; }),
  };
}

std::vector<option> cluster_options() {
  auto g = "Cluster";
  return {
    bind(
      unset("the engine has all jobs",
            example("\"beamline\"", entry(g, "cluster.name",
                                          "Engines of this name share the jobs of the instrument; those of one that "
                                          "dies go on elsewhere."))),
      [](auto& s) -> auto& { return s.cluster.name; }),
    bind(
      between(1, 1000,
              entry(g, "cluster.shards",
                    "Shards of the jobs, if the topic of the cluster has to be made; several "
                    "for each engine.")),
      [](auto& s) -> auto& { return s.cluster.shards; }),
    bind(
      between(1, 3600,
              entry(g, "cluster.session-timeout",
                    "An engine that gives no sign of life for so long has "
                    "its jobs taken away.")),
      [](auto& s) -> auto& { return s.cluster.session; }),
  };
}

std::vector<option> data_options() {
  auto source = "Source";
  auto batch = "Batches";
  return {
    bind(
      words(entry(source, "source.kind", "Where raw data come from.", "source"), {"simulator", "kafka", "replay"}),
      [](auto& s) -> auto& { return s.source.kind; }),
    bind(
      more_than(0, entry(source, "source.rate", "Simulated events per second.", "rate")),
      [](auto& s) -> auto& { return s.source.rate; }),
    bind(
      between(0, most_counted, entry(source, "source.seed", "Seed of the simulator's random numbers.", "seed")),
      [](auto& s) -> auto& { return s.source.seed; }),
    bind(
      at_least(0, entry(source, "source.speed", "1: real time; n: n times as fast; 0: as fast as the engine takes it.",
                        "speed")),
      [](auto& s) -> auto& { return s.source.speed; }),
    bind(
      between(0, most_counted, entry(source, "source.pulses", "Pulses to simulate; 0: endless.", "pulses")),
      [](auto& s) -> auto& { return s.source.pulses; }),
    bind(
      between(1, most_counted,
              entry(source, "source.queue-limit", "Messages that may wait before the oldest are dropped and counted.")),
      [](auto& s) -> auto& { return s.source.queue_limit; }),
    bind(
      example("\"run.rec\"", entry(source, "replay.file", "Recording to play, with source.kind = replay.")),
      [](auto& s) -> auto& { return s.replay_file; }),
    bind(
      unset("none", example("\"run.rec\"", entry(source, "record", "File to record everything in that comes in."))),
      [](auto& s) -> auto& { return s.record; }),
    bind(
      entry(source, "record-force", "Write over the file of --record if it is there."),
      [](auto& s) -> auto& { return s.record_force; }),
    bind(
      unset("localhost:9092, or with LIVEDATA_ENV=docker what KAFKA_BOOTSTRAP_SERVERS says",
            example("\"localhost:9092\"",
                    entry("Kafka", "kafka.bootstrap-servers", "Brokers, separated by commas.", "bootstrap-servers"))),
      [](auto& s) -> auto& { return s.kafka.bootstrap_servers; }),
    bind(
      example("[\"security.protocol=SASL_SSL\"]",
              entry("Kafka", "kafka.properties", "Any properties of librdkafka, each as name=value.")),
      [](auto& s) -> auto& { return s.kafka.properties; }),
    bind(
      words(
        entry("Kafka", "kafka.read",
              "Data from now on, until interrupted (new); or what the broker has kept up to now, as fast as the jobs "
              "take it, and then the end (kept). With kept no commands are listened to."),
        {"new", "kept"}),
      [](auto& s) -> auto& { return s.kafka.read; }),
    bind(
      words(
        entry(
          batch, "batch.kind",
          "How messages are gathered into batches: windows that close when all pulses are there (rate-aware), fixed "
          "windows (simple), or whatever has come (naive). The timeseries service is always naive."),
        {"rate-aware", "simple", "naive"}),
      [](auto& s) -> auto& { return s.batch.kind; }),
    bind(
      entry(batch, "batch.adaptive",
            "Longer batches, up to eight times batch.interval, while the jobs cannot keep up with data in real time."),
      [](auto& s) -> auto& { return s.batch.adaptive; }),
    more_than(0, bind(
                   between(0, longest_seconds, entry(batch, "batch.interval", "Data time that one batch covers.")),
                   [](auto& s) -> auto& { return s.batch.interval; })),
    bind(
      between(0, 1e6,
              entry(batch, "batch.deadline",
                    "While data time is the time on the wall: if no job has answered for so many batch lengths, but at "
                    "least a second, the others go on without those that are at work; 0: never.")),
      [](auto& s) -> auto& { return s.batch.deadline; }),
  };
}

std::vector<option> output_options() {
  auto g = "Output";
  return {
    bind(
      words(entry(g, "publish.kind",
                  "Where results go. files needs publish.directory. With source.kind = kafka it is kafka if not given.",
                  "publish"),
            {"none", "memory", "files", "kafka"}),
      [](auto& s) -> auto& { return s.publish.kind; }),
    bind(
      example("\"results\"", entry(g, "publish.directory", "Folder for result files.", "publish-dir")),
      [](auto& s) -> auto& { return s.publish.directory; }),
    bind(
      words(entry(g, "publish.keep", "Keep the latest result of each output, or all."), {"latest", "all"}),
      [](auto& s) -> auto& { return s.publish.keep; }),
    bind(
      words(entry(g, "publish.format",
                  "What files hold: da00, the messages of the wire, or hdf5, a NeXus file for each job, or both."),
            {"da00", "hdf5"}),
      [](auto& s) -> auto& { return s.publish.format; }),
    bind(
      between(0, longest_seconds,
              entry(g, "publish.interval", "Data time between two results of a job; 0s: with every batch.")),
      [](auto& s) -> auto& { return s.publish.interval; }),
    bind(
      words(entry(g, "display", "What is shown while running; auto: table on a terminal, else lines."),
            {"auto", "table", "lines", "none"}),
      [](auto& s) -> auto& { return s.display; }),
    bind(
      unset("none", example("\"images\"", entry(g, "images", "Folder for pictures of the results."))),
      [](auto& s) -> auto& { return s.images; }),
    bind(
      unset("none", example("\"summary.json\"", entry(g, "summary", "File for a summary at the end."))),
      [](auto& s) -> auto& { return s.summary; }),
  };
}

std::vector<option> http_options() {
  auto g = "Page, health and interface of HTTP";
  return {
    bind(
      between(0, 65535,
              unset("no server", example("8080", entry(g, "http.port",
                                                       "Port for the page (/), the health (/live, /ready), the metrics "
                                                       "(/metrics) and the interface (/api/v1/); 0: no server.",
                                                       "http-port")))),
      [](auto& s) -> auto& { return s.http.port; }),
    bind(
      entry(g, "http.address", "Address to listen on. One that others can reach asks everybody for the token.",
            "http-address"),
      [](auto& s) -> auto& { return s.http.address; }),
    bind(
      unset("livedata/http-token below the state folder; none is asked for on a loopback address",
            example("\"/etc/livedata/token\"",
                    entry(g, "http.token-file",
                          "File of the token (mode 600), made if it is not there. With it, the token is asked for on "
                          "every address."))),
      [](auto& s) -> auto& { return s.http.token_file; }),
    bind(
      example("[\"livedata.example.org\"]",
              entry(g, "http.host-names",
                    "Further names by which a server on a loopback address is called, behind a reverse proxy.")),
      [](auto& s) -> auto& { return s.http.host_names; }),
    bind(
      entry(g, "view.control", "Whether jobs may be started, stopped and changed over HTTP, or only looked at."),
      [](auto& s) -> auto& { return s.viewing.control; }),
  };
}

std::vector<option> job_options() {
  auto jobs =
    entry("Jobs", "jobs",
          "List of jobs in the file: { workflow = \"tube_view\", source = \"loki_detector_0\", params { … } }; "
          "number, start and end (ns since the epoch) may be added.");
  jobs.kind = option_kind::jobs;
  return {
    bind(
      example("\"default\"",
              entry("Jobs", "job-set",
                    "Job set of the instrument to start if the file lists no jobs; \"none\": no jobs. With "
                    "source.kind = kafka it is none if not given: commands start the jobs.")),
      [](auto& s) -> auto& { return s.job_set; }),
    jobs,
  };
}

std::vector<option> caf_options() {
  auto g = "Metrics and scheduler";
  return {
    bind(
      in_file("caf.middleman.prometheus-http.port",
              between(1, 65535,
                      unset("no endpoint", example("9464", entry(g, "metrics-port", "Port for Prometheus to scrape.",
                                                                 "caf.middleman.prometheus-http.port"))))),
      [](auto& s) -> auto& { return s.metrics.port; }),
    bind(
      in_file("caf.middleman.prometheus-http.address",
              entry(g, "metrics-address", "Address that the metrics endpoint listens on.",
                    "caf.middleman.prometheus-http.address")),
      [](auto& s) -> auto& { return s.metrics.address; }),
    bind(
      words(entry(g, "caf.scheduler.policy", "How workers share actors."), {"sharing", "stealing"}),
      [](auto& s) -> auto& { return s.scheduler.policy; }),
    bind(
      between(1, most_counted,
              entry(g, "caf.scheduler.max-throughput", "Messages that an actor may handle in one turn.")),
      [](auto& s) -> auto& { return s.scheduler.max_throughput; }),
  };
}

std::vector<option> command_line_options() {
  auto file = flag("config-file", "Configuration file to read. No file is read unasked.");
  file.kind = option_kind::text;
  file.example = "\"livedata.conf\"";
  return {
    file,
    flag("check",
         "Check the whole configuration, say what would run, and end. --check=online also asks the broker whether "
         "all topics are there and may be read."),
    flag("list", "List the instruments, or with --instrument its workflows with parameters and outputs, and end."),
    flag("list-json", "The same as JSON, with parameters as JSON schema."),
    flag("dump-config", "Print the settings in use as a configuration file, and end."),
    flag("version", "Print the version, and end."),
    flag("help", "Print this text, and end. Also -h.")};
}

std::string least(const option& o) {
  if (!o.low) return {};
  if (o.above_low) return fmt::format(" greater than {}", *o.low);
  if (o.high && *o.high < 1e6) return fmt::format(" from {} to {}", *o.low, *o.high);
  return fmt::format(" of at least {}", *o.low);
}

} // namespace

const std::vector<option>& all_options() {
  static const auto table = [] {
    std::vector<option> all;
    for (auto part : {engine_options, snapshot_options, cluster_options, data_options, output_options, http_options,
                      job_options, caf_options, command_line_options})
      for (auto& o : part())
        all.push_back(std::move(o));
    return all;
  }();
  return table;
}

const option* find_option_by_path(std::string_view path) {
  for (auto& o : all_options())
    if (!o.path.empty() && o.path == path) return &o;
  return nullptr;
}

const option* find_option_by_name(std::string_view name) {
  for (auto& o : all_options())
    if (!name.empty() && (o.name == name || o.alias == name)) return &o;
  return nullptr;
}

std::string option::variable() const {
  if (path.empty() || kind == option_kind::jobs || name.starts_with("caf.")) return {};
  std::string out = "LIVEDATA_";
  for (char c : name)
    out += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

caf::config_value option::shown_example() const {
  if (!example.empty())
    if (auto parsed = caf::config_value::parse(example)) return std::move(*parsed);
  if (show)
    if (auto value = show(settings{})) return std::move(*value);
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string expectation(const option& o) {
  switch (o.kind) {
  case option_kind::text:
    return "a text that is not empty";
  case option_kind::word:
    return o.allowed.size() == 1 ? o.allowed.front() : "one of " + joined(o.allowed);
  case option_kind::texts:
    return "a list of texts that are not empty";
  case option_kind::words:
    return "a list of " + joined(o.allowed);
  case option_kind::whole:
    return "a whole number" + least(o);
  case option_kind::number:
    return "a number" + least(o);
  case option_kind::timespan:
    return fmt::format("a time with a unit (ns, us, ms, s, min, h){}", least(o));
  case option_kind::seconds:
    return fmt::format("seconds, or a time with a unit such as 20s,{}", least(o));
  case option_kind::jobs:
    return "a list of blocks";
  case option_kind::flag:
    return "true or false";
  }
  return {};
}

} // namespace livedata
