#include "app/configuration/configuration.hpp"

#include "app/configuration/config_file.hpp"
#include "app/configuration/help.hpp"
#include "app/configuration/known_paths.hpp"
#include "transport/recording/recording.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <string_view>

namespace livedata {

namespace {

constexpr auto threads_path = "livedata.job-threads";
constexpr auto caf_threads_path = "caf.scheduler.max-threads";
constexpr auto directory_path = "livedata.publish.directory";
constexpr std::string_view metrics_address_path = "caf.middleman.prometheus-http.address";
constexpr std::string_view metrics_reuse_path = "caf.middleman.prometheus-http.reuse";

std::string where(const given_values& given, std::string_view path) {
  const auto found = given.find(std::string(path));
  return found == given.end() ? "nowhere" : found->second.from.where;
}

void register_option(caf::config_option_set& options, const option& o) {
  if (o.path.empty() || is_caf_path(o.path)) return;
  auto dot = o.path.rfind('.');
  // As views: CAF would take a string for a variable to bind.
  auto path = to_caf(o.path);
  auto category = path.substr(0, dot);
  auto name = path.substr(dot + 1);
  switch (o.kind) {
  case option_kind::text:
  case option_kind::word:
    options.add<std::string>(category, name, o.help);
    break;
  case option_kind::texts:
  case option_kind::words:
    options.add<std::vector<std::string>>(category, name, o.help);
    break;
  case option_kind::whole:
    options.add<std::int64_t>(category, name, o.help);
    break;
  case option_kind::number:
    options.add<double>(category, name, o.help);
    break;
  case option_kind::timespan:
  case option_kind::seconds:
    options.add<caf::timespan>(category, name, o.help);
    break;
  case option_kind::flag:
    // Those without a place in the file are answered before CAF is asked.
    if (!o.path.empty()) options.add<bool>(category, name, o.help);
    break;
  // Lists of blocks have no type for CAF.
  case option_kind::jobs:
    break;
  }
}

// job-threads and CAF's own option are two names of one value.
status unify_threads(given_values& given) {
  auto theirs = given.find(caf_threads_path);
  if (theirs == given.end()) return nothing{};
  auto checked = check_value(*find_option_by_path(threads_path), theirs->second.value, theirs->second.from);
  if (!checked) return checked.error();
  auto [ours, added] = given.try_emplace(threads_path, given_value{*checked, theirs->second.from});
  auto mine = caf::get<std::int64_t>(ours->second.value);
  auto other = caf::get<std::int64_t>(*checked);
  if (mine != other)
    return value_failure(
      theirs->second.from,
      fmt::format("{} contradicts {} of {}; both are the number of worker threads, so give only job-threads", other,
                  mine, ours->second.from.where));
  given.erase(theirs);
  return nothing{};
}

// Kafka's own rule for names.
bool is_topic_name(std::string_view name) {
  return name.size() <= 249 && name != "." && name != ".." &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == name.npos;
}

status check_snapshots(const settings& values, const given_values& given) {
  if (!values.snapshots.topic) return nothing{};
  const auto where = given.at("livedata.snapshots.topic").from.where;
  if (values.snapshots.directory)
    return failure{"value", fmt::format("{}: snapshots go to one place, and {} names a folder; keep one of both", where,
                                        given.at("livedata.snapshots.directory").from.where)};
  if (!is_topic_name(*values.snapshots.topic))
    return failure{"value",
                   fmt::format("{}: '{}' is no name of a topic; use letters, digits, '.', '_' and '-', at most "
                               "249 of them",
                               where, *values.snapshots.topic)};
  if (values.source.kind != "kafka" && values.publish.kind != "kafka")
    return failure{"value",
                   fmt::format("{}: snapshots in a topic need Kafka; add --source=kafka or --publish=kafka, or "
                               "keep them in a folder (--snapshots=<folder>)",
                               where)};
  return nothing{};
}

status check_cluster(const settings& values, const given_values& given) {
  if (!values.cluster) return nothing{};
  const auto where = given.at("livedata.cluster.name").from.where;
  const auto wrong = [&](std::string_view what) { return failure{"value", fmt::format("{}: {}", where, what)}; };
  if (!is_topic_name(*values.cluster.name))
    return wrong("the name of a cluster is part of that of its topic; use letters, digits, '.', '_' and '-'");
  if (values.source.kind != "kafka" || values.kafka.read != "new")
    return wrong("engines share the data of Kafka while they come; add --source=kafka, and leave out --kafka.read");
  if (values.snapshots.directory)
    return wrong("snapshots of a cluster are in its topic, where all engines find them; leave out the folder");
  if (values.record) return wrong("a recording is of one engine; leave out --record, or use livedata record");
  return nothing{};
}

status check_together(const settings& values, const given_values& given, intent what) {
  if (values.instrument.empty() && what != intent::dump_config && what != intent::list && what != intent::list_json)
    return failure{"usage", "no instrument is given; use --instrument=<name>, the variable LIVEDATA_INSTRUMENT, or "
                            "livedata { instrument = \"<name>\" } "
                            "in a file given by --config-file"};
  auto directory = given.find(directory_path);
  if (values.publish.kind == "files" && !values.publish.directory)
    return failure{
      "value",
      fmt::format("{}: files need a folder; add --publish-dir=<folder> or publish {{ directory = \"<folder>\" }}",
                  given.at("livedata.publish.kind").from.where)};
  if (values.source.kind == "replay" && !values.replay_file)
    return failure{"value", fmt::format("{}: a replay needs a recording; add --replay.file=<file>",
                                        given.at("livedata.source.kind").from.where)};
  if (values.metrics.port && values.http.port && *values.metrics.port == *values.http.port &&
      values.metrics.address == values.http.address)
    return failure{"value",
                   fmt::format("--metrics-port and --http-port are both {}; /metrics is on the HTTP port as well, "
                               "so leave the first out, or give another",
                               *values.http.port)};
  if (auto ok = check_snapshots(values, given); !ok) return ok;
  if (auto ok = check_cluster(values, given); !ok) return ok;
  if (directory != given.end() && !directory->second.from.in_file && values.publish.kind != "files")
    return value_failure(
      directory->second.from,
      fmt::format("nothing is written to a folder as long as publish.kind is {}; add --publish=files",
                  values.publish.kind));
  return nothing{};
}

// A recording knows whose messages it has.
void take_from_recording(settings& values, const given_values& given) {
  if (values.source.kind != "replay" || !values.replay_file) return;
  const auto setup = setup_of_recording(*values.replay_file);
  if (!setup) return;
  if (!given.contains("livedata.instrument")) values.instrument = setup->instrument;
  // Names of another instrument than the recording's are nobody's.
  if (values.instrument != setup->instrument) return;
  if (!given.contains("livedata.services") && !setup->services.empty()) values.services = setup->services;
  if (!given.contains("livedata.dev")) values.dev = setup->development;
}

// Kafka is a world of its own: results go back to it, and jobs are started by commands.
void choose_defaults(settings& values, const given_values& given) {
  if (values.source.kind != "kafka") return;
  if (!given.contains("livedata.publish.kind")) values.publish.kind = "kafka";
  if (!given.contains("livedata.job-set")) values.job_set = "none";
}

// What settings say goes to CAF under its path, so that its content is complete; the rest is CAF's own.
status hand_to_caf(configuration& cfg, const settings& values, const given_values& given) {
  for (auto& o : all_options()) {
    if (!o.show || o.path.empty() || (o.path == metrics_address_path && !values.metrics.port)) continue;
    if (auto value = o.show(values)) caf::put(cfg.content, o.path, std::move(*value));
  }
  // The connections of the last scrapes keep the port for a minute after a program has ended.
  if (values.metrics.port) caf::put(cfg.content, metrics_reuse_path, true);
  caf::put(cfg.content, to_caf(caf_threads_path), values.job_threads);
  for (auto& [path, entry] : given) {
    if (!is_caf_path(path) || find_option_by_path(path) != nullptr) continue;
    auto value = entry.value;
    // Options with a variable in CAF's configuration take their value here.
    if (auto* o = cfg.options().qualified_name_lookup(path))
      if (auto error = o->sync(value)) return value_failure(entry.from, to_string(error));
    caf::put(cfg.content, path, std::move(value));
  }
  return nothing{};
}

} // namespace

configuration::configuration() {
  load<caf::io::middleman>();
  for (auto& o : all_options())
    register_option(custom_options_, o);
  // CAF reads it, but does not say so.
  custom_options_.add<bool>(to_caf("caf.middleman.prometheus-http"), "reuse",
                            "take the port while old connections are in their last minute");
  scheduler_settings scheduler;
  set("caf.scheduler.policy", scheduler.policy);
  set("caf.scheduler.max-throughput", scheduler.max_throughput);
  set(to_caf(caf_measured_actors), std::vector<std::string>{"livedata.*"});
}

result<configured> configure(configuration& cfg, const std::vector<std::string>& args,
                             const environment_lookup& variable) {
  auto line = read_command_line(args, cfg.options());
  if (!line) return line.error();
  configured out;
  out.what = line->what;
  if (out.what == intent::help || out.what == intent::version) {
    out.text = out.what == intent::help ? help_text(cfg.options()) : version_text();
    return out;
  }
  auto given = std::move(line->values);
  auto from_environment = read_environment(variable);
  if (!from_environment) return from_environment.error();
  given.merge(*from_environment);
  if (line->config_file) {
    auto file = read_config_file(*line->config_file, cfg.options());
    if (!file) return file.error();
    given.merge(file->values);
    out.values.jobs = std::move(file->jobs);
  }
  if (auto done = unify_threads(given); !done) return done.error();
  for (auto& [path, entry] : given)
    if (auto* o = find_option_by_path(path); o != nullptr && o->assign) o->assign(out.values, entry.value);
  choose_defaults(out.values, given);
  take_from_recording(out.values, given);
  if (auto done = check_together(out.values, given, out.what); !done) return done.error();
  if (auto done = hand_to_caf(cfg, out.values, given); !done) return done.error();
  if (out.what == intent::dump_config || out.what == intent::run)
    out.text = dump_text(out.values, cfg.content, where(given, kafka_properties_path));
  return out;
}

} // namespace livedata
