// livedata: reads the configuration, starts the engine, and ends it in order.
// Exit codes: 0 all well, 2 the configuration is wrong, 1 anything else.
#include "actors/actors.hpp"
#include "actors/publisher/fan_sink.hpp"
#include "actors/publisher/file_sink.hpp"
#include "actors/publisher/image_sink.hpp"
#include "actors/publisher/kafka_sink.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "actors/view/terminal/console.hpp"
#include "app/configuration/configuration.hpp"
#include "app/configuration/port_check.hpp"
#include "app/engine.hpp"
#include "app/listing.hpp"
#include "app/memory.hpp"
#include "app/plan.hpp"
#include "app/summary.hpp"
#include "app/transport.hpp"
#include "app/wire_status.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace livedata {

namespace {

// Between two looks whether there is a reason to end the run.
constexpr auto between_looks = std::chrono::milliseconds(200);

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_configuration = 2;

int refuse(const failure& f) {
  fmt::print(stderr, "livedata: {}\n", f.message);
  return exit_configuration;
}

int fail(const std::string& message) {
  fmt::print(stderr, "livedata: {}\n", message);
  return exit_failed;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): no other thread runs yet
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// `table_shown`: a terminal cannot show the table and log lines at once. The table tells of trouble itself; the log is
// still written where standard error goes elsewhere.
void set_up_log(const std::string& level, bool table_shown) {
  auto logger = spdlog::stderr_logger_mt("livedata");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(table_shown && isatty(STDERR_FILENO) == 1 ? spdlog::level::off : spdlog::level::from_str(level));
}

// Signals are taken by sigtimedwait in the main thread; every other thread inherits the mask.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

bool signal_came(const sigset_t& set) {
  timespec no_time{0, 0};
  return sigtimedwait(&set, nullptr, &no_time) > 0;
}

// Runs `make`, which opens a place that an option names, so that a place that cannot be used is noticed at the start.
template <class F>
status open_place(std::string_view option, F&& make) {
  try {
    make();
    return nothing{};
  } catch (const std::exception& e) {
    return failure{"value", fmt::format("{}: {}; give another place, or create it", option, e.what())};
  }
}

result<std::shared_ptr<fan_sink>> make_sink(const settings& s) {
  auto sink = std::make_shared<fan_sink>();
  if (s.publish.kind == "memory") sink->add(std::make_shared<memory_sink>());
  if (s.publish.kind == "files") {
    auto keep = s.publish.keep == "all" ? file_sink::keep::all : file_sink::keep::latest;
    auto ok =
      open_place("publish.directory", [&] { sink->add(std::make_shared<file_sink>(*s.publish.directory, keep)); });
    if (!ok) return ok.error();
  }
  if (s.images)
    if (auto ok = open_place("images", [&] { sink->add(std::make_shared<image_sink>(*s.images)); }); !ok)
      return ok.error();
  return sink;
}

// The summary is written at the end; whether it can be is known before.
status check_summary_place(const settings& s) {
  if (!s.summary) return nothing{};
  auto folder = std::filesystem::absolute(*s.summary).parent_path();
  if (std::filesystem::is_directory(folder) && access(folder.c_str(), W_OK) == 0 &&
      !std::filesystem::is_directory(*s.summary))
    return nothing{};
  return failure{"value", fmt::format("summary: {} cannot be written; give a file in a folder that exists and may be "
                                      "written to",
                                      s.summary->string())};
}

result<std::shared_ptr<pulse_simulator>> make_simulator(const settings& s, const engine_plan& plan) {
  auto made = pulse_simulator::make(*plan.inst, simulator_for(plan, s.source.rate, s.source.seed));
  if (!made) return made.error();
  return std::shared_ptr<pulse_simulator>(std::move(*made));
}

int check(const settings& s, const engine_plan& plan) {
  if (auto ok = check_transport(s, environment_variable); !ok) return refuse(ok.error());
  if (auto ok = try_jobs(plan); !ok) return refuse(ok.error());
  fmt::print("{}everything can be built\n", describe(plan));
  return exit_ok;
}

int list(const settings& s, bool as_json) {
  auto listing = list_instruments(instrument_folders(s));
  if (!s.instrument.empty()) {
    auto file = find_instrument(s.instrument, instrument_folders(s));
    if (!file) return refuse(file.error());
    auto inst = load_instrument(*file);
    if (!inst) return refuse(inst.error());
    listing = list_instrument(*inst, builtin_workflows());
  }
  fmt::print("{}", as_json ? listing.dump(2) + "\n" : listing_text(listing));
  return exit_ok;
}

// Says where positions come from; invented ones are a warning unless the data are invented, too.
void log_geometry(const settings& s, const engine_plan& plan) {
  if (plan.geometry_note.empty()) return;
  auto invented = s.source.kind != "simulator" && !plan.inst->note.empty();
  spdlog::log(invented ? spdlog::level::warn : spdlog::level::info, "geometry text=\"{}{}{}\"", plan.geometry_note,
              plan.inst->note.empty() ? "" : ". ", plan.inst->note);
}

int run(const configuration& cfg, const settings& s, const engine_plan& plan) {
  if (s.metrics.port)
    if (auto ok = check_port_free(s.metrics.address, *s.metrics.port); !ok) return refuse(ok.error());
  if (auto ok = check_summary_place(s); !ok) return refuse(ok.error());
  auto sink = make_sink(s);
  if (!sink) return refuse(sink.error());
  log_geometry(s, plan);
  auto signals = block_signals();
  std::shared_ptr<pulse_simulator> simulator;
  if (s.source.kind == "simulator") {
    auto made = make_simulator(s, plan);
    if (!made) return refuse(made.error());
    simulator = *made;
  }
  auto open = open_transport(s, plan, environment_variable);
  if (!open) return open.error().reason == "value" ? refuse(open.error()) : fail(open.error().message);

  caf::actor_system system{const_cast<configuration&>(cfg)};
  engine_surroundings around;
  around.sink = *sink;
  around.clock = std::make_shared<system_wall_clock>();
  around.status = wire_status();
  around.pulses = [sim = simulator](std::uint64_t k, timestamp t) { return sim->pulse(k, t); };
  connect(around, s, *open);
  if (open->producer) (*sink)->add(std::make_shared<kafka_sink>(system, open->producer, plan.inst->name));
  if (auto console = console_for(s.display); console.mode != console_mode::none)
    around.display = spawn_console(system, console);
  engine e(system, s, plan, around);
  if (auto ok = e.start(); !ok) return refuse(ok.error());
  spdlog::info("service_running instrument={} jobs={} job_threads={}", plan.inst->name, plan.orders.size(),
               s.job_threads);
  spdlog::info("Service started");

  using clock = std::chrono::steady_clock;
  auto end = s.run_for ? clock::now() + std::chrono::nanoseconds(s.run_for->ns) : clock::time_point::max();
  auto release = clock::now() + memory_release_interval;
  while (!e.wait_for_source(std::chrono::ceil<std::chrono::milliseconds>(
    std::clamp<clock::duration>(end - clock::now(), clock::duration::zero(), between_looks)))) {
    if (signal_came(signals) || clock::now() >= end || broken(*open)) break;
    if (clock::now() < release) continue;
    release_freed_memory();
    release = clock::now() + memory_release_interval;
  }
  // A second signal ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  auto last = e.finish();
  spdlog::info("service_stopped batches={} events_processed={} events_dropped={}", last.batches, last.events_processed,
               last.events_dropped);
  if (open->record)
    if (auto ok = open->record->finish(); !ok) return fail(ok.error().message);
  auto why = e.what_broke() ? e.what_broke() : broken(*open);
  if (s.summary)
    if (auto ok = write_summary(*s.summary, summary(last, static_cast<int>(s.job_threads))); !ok)
      return fail(ok.error().message);
  return why ? fail(*why) : exit_ok;
}

int main_with(const std::vector<std::string>& args) {
  configuration cfg;
  auto configured = configure(cfg, args, environment_variable);
  if (!configured) return refuse(configured.error());
  const auto& s = configured->values;
  switch (configured->what) {
  case intent::help:
  case intent::version:
  case intent::dump_config:
    fmt::print("{}", configured->text);
    return exit_ok;
  case intent::list:
  case intent::list_json:
    return list(s, configured->what == intent::list_json);
  case intent::check:
  case intent::run:
    break;
  }
  set_up_log(s.log_level, configured->what == intent::run && console_for(s.display).mode == console_mode::table);
  auto workflows = builtin_workflows();
  workflows.limit({s.limits.job_memory * 1'000'000});
  auto plan = make_plan(s, workflows);
  if (!plan) return refuse(plan.error());
  return configured->what == intent::check ? check(s, *plan) : run(cfg, s, *plan);
}

} // namespace

} // namespace livedata

int main(int argc, char** argv) {
  livedata::keep_freed_memory();
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  try {
    return livedata::main_with({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    fmt::print(stderr, "livedata: {}\n", e.what());
    return livedata::exit_failed;
  }
}
