// livedata: reads the configuration, starts the engine, and ends it in order.
// Exit codes: 0 all well, 2 the configuration is wrong, 1 anything else.
#include "actors/actors.hpp"
#include "actors/metrics.hpp"
#include "actors/publisher/fan_sink.hpp"
#include "actors/publisher/file_sink.hpp"
#include "actors/publisher/image_sink.hpp"
#include "actors/publisher/kafka_sink.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "actors/view/terminal/console.hpp"
#include "app/configuration/configuration.hpp"
#include "app/configuration/port_check.hpp"
#include "app/configuration/unknown_variables.hpp"
#include "app/end_signals.hpp"
#include "app/engine.hpp"
#include "app/listing.hpp"
#include "app/machine_memory.hpp"
#include "app/memory.hpp"
#include "app/plan.hpp"
#include "app/program_description.hpp"
#include "app/service_manager.hpp"
#include "app/stderr_log.hpp"
#include "app/subcommands.hpp"
#include "app/summary.hpp"
#include "app/transport.hpp"
#include "app/understood.hpp"
#include "app/web_view.hpp"
#include "app/wire_status.hpp"
#include "messages/log_line.hpp"
#include "messages/units.hpp"
#include "transport/recording/recording.hpp"
#include "transport/simulator/pulse_simulator.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace livedata {

namespace {

// Between two looks whether there is a reason to end the run.
constexpr auto between_looks = std::chrono::milliseconds(200);

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_configuration = 2;

// What the program says, and the exit codes that go with it.
struct process {
  stderr_log log{"livedata"};
  // Nobody sees the lines of the log.
  bool log_hidden = false;
  // The last lines, for viewers; null if there are none.
  std::shared_ptr<log_ring> last_lines;

  int refuse(const failure& f) {
    log.say("livedata: " + f.message);
    return exit_configuration;
  }

  int fail(const std::string& message) {
    log.say("livedata: " + message);
    return exit_failed;
  }
};

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// `table_shown`: a terminal cannot show the table and log lines at once. The table tells of trouble itself; the log is
// still written where standard error goes elsewhere.
void set_up_log(process& p, const settings& s, bool table_shown) {
  if (s.http.port.value_or(0) != 0) p.log.also_to(p.last_lines = std::make_shared<log_ring>());
  p.log_hidden = table_shown && isatty(STDERR_FILENO) == 1;
  if (p.log_hidden) p.log.be_silent();
  spdlog::set_default_logger(p.log.logger());
  spdlog::set_level(p.log_hidden && !p.last_lines ? spdlog::level::off : spdlog::level::from_str(s.log_level));
}

// Ends the process while it starts. Nothing has flowed yet; what is busy with it (reading files, building workflows,
// waiting for Kafka) cannot be told to stop. `record`: what is recorded; may be null.
void end_start(process& p, int signal, const std::shared_ptr<flow_recorder>& record) {
  spdlog::info(
    log_line("service_stopped", {{"reason", log_word{signal_name(signal)}}, {"text", "before data flowed"}}));
  auto ended = record ? record->finish() : status{nothing{}};
  std::_Exit(end_with(ended ? exit_ok : p.fail(ended.error().message), p.log));
}

// Ends the process while the run is ending, because somebody does not want to wait. Says so first.
void end_at_once(process& p, int signal) {
  constexpr auto what = "a second signal, before the run had ended in order; results and summary may be missing";
  if (p.log_hidden)
    p.log.say(fmt::format("livedata: {}: {}", signal_name(signal), what));
  else
    spdlog::critical(log_line("service_aborted", {{"reason", log_word{signal_name(signal)}}, {"text", what}}));
  (void)p.log.finish(std::chrono::seconds(1));
  end_by(signal);
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
    const auto holds = [&](std::string_view format) {
      return std::ranges::find(s.publish.format, format) != s.publish.format.end();
    };
    const file_sink::formats formats{holds("da00"), holds("hdf5")};
    auto ok = open_place("publish.directory",
                         [&] { sink->add(std::make_shared<file_sink>(*s.publish.directory, keep, formats)); });
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

// Whether a folder can be written to, or made; it is not made. `must_exist`: it will not be made by the run either.
status check_folder(std::string_view option, const std::filesystem::path& folder, bool must_exist = false) {
  std::error_code ignored;
  auto there = std::filesystem::absolute(folder);
  while (!must_exist && !std::filesystem::exists(there, ignored) && there.has_relative_path())
    there = there.parent_path();
  if (std::filesystem::is_directory(there, ignored) && access(there.c_str(), W_OK) == 0) return nothing{};
  return failure{"value",
                 fmt::format("{}: {} cannot be written to; give another place, or create it", option, folder.string())};
}

result<std::shared_ptr<pulse_simulator>> make_simulator(const settings& s, const engine_plan& plan) {
  auto made = pulse_simulator::make(*plan.inst, simulator_for(plan, s.source.rate, s.source.seed));
  if (!made) return made.error();
  return std::shared_ptr<pulse_simulator>(std::move(*made));
}

result<engine_plan> plan_of(const settings& s) {
  auto workflows = builtin_workflows();
  workflows.limit({s.limits.job_memory * 1'000'000});
  return make_plan(s, workflows);
}

// Whether no job is to be started by the configuration.
bool started_by_commands(const settings& s) {
  return s.jobs.empty() && s.job_set == "none";
}

// What can be tried without changing anything: ports, places, files.
status try_surroundings(const settings& s) {
  if (s.metrics.port)
    if (auto ok = check_port_free(s.metrics.address, *s.metrics.port); !ok) return ok;
  if (s.http.port.value_or(0) != 0)
    if (auto ok = check_port_free(s.http.address, *s.http.port, {"HTTP", "--http"}); !ok) return ok;
  if (auto ok = check_summary_place(s); !ok) return ok;
  for (const auto& [option, folder] : {std::pair{"publish.directory", s.publish.directory},
                                       {"images", s.images},
                                       {"snapshots.directory", s.snapshots.directory}})
    if (folder)
      if (auto ok = check_folder(option, *folder); !ok) return ok;
  if (auto ok = check_record_place(s); !ok) return ok;
  if (s.record && access(s.record->c_str(), W_OK) != 0)
    if (auto ok = check_folder("record", std::filesystem::absolute(*s.record).parent_path(), true); !ok) return ok;
  if (s.source.kind == "replay")
    if (auto opened = recording_reader::open(*s.replay_file); !opened) return opened.error();
  return nothing{};
}

int check(process& p, const settings& s, bool online) {
  auto plan = plan_of(s);
  if (!plan) return p.refuse(plan.error());
  if (auto ok = try_surroundings(s); !ok) return p.refuse(ok.error());
  if (auto ok = check_transport(s, environment_variable); !ok) return p.refuse(ok.error());
  if (auto ok = try_jobs(*plan, memory_budget(share_out(s.limits, machine_memory()).jobs)); !ok)
    return p.refuse(ok.error());
  if (online)
    if (auto ok = ask_broker(s, *plan, environment_variable); !ok)
      return ok.error().reason == "value" ? p.refuse(ok.error()) : p.fail(ok.error().message);
  fmt::print("{}{}", describe(*plan), describe_snapshots(s, *plan));
  for (const auto& text : services_without_jobs(*plan, started_by_commands(s)))
    fmt::print("warning: {}\n", text);
  fmt::print("everything can be built{}\n", online ? ", and the broker has all topics" : "");
  return exit_ok;
}

int list(process& p, const settings& s, bool as_json) {
  auto listing = list_instruments(instrument_folders(s));
  if (!s.instrument.empty()) {
    auto file = find_instrument(s.instrument, instrument_folders(s));
    if (!file) return p.refuse(file.error());
    auto inst = load_instrument(*file);
    if (!inst) return p.refuse(inst.error());
    listing = list_instrument(*inst, builtin_workflows());
  }
  fmt::print("{}", as_json ? listing.dump(2) + "\n" : listing_text(listing));
  return exit_ok;
}

// Says where positions come from; invented ones are a warning unless the data are invented, too.
void log_geometry(const settings& s, const engine_plan& plan) {
  if (plan.geometry_note.empty()) return;
  auto invented = s.source.kind != "simulator" && !plan.inst->note.empty();
  const auto text = plan.geometry_note + (plan.inst->note.empty() ? "" : ". ") + plan.inst->note;
  spdlog::log(invented ? spdlog::level::warn : spdlog::level::info, log_line("geometry", {{"text", text}}));
}

// Closes the view, whatever comes.
struct view_end {
  web_view* view;

  ~view_end() {
    if (view != nullptr) view->stop();
  }
};

// Lets the data flow until there is a reason to end, and gives that reason.
std::string_view flow(engine& e, const settings& s, const end_signals& signals, const transport& open,
                      const std::function<void()>& look) {
  using clock = std::chrono::steady_clock;
  auto end = s.run_for ? clock::now() + std::chrono::nanoseconds(s.run_for->ns) : clock::time_point::max();
  auto release = clock::now() + memory_release_interval;
  while (!e.wait_for_source(std::chrono::ceil<std::chrono::milliseconds>(
    std::clamp<clock::duration>(end - clock::now(), clock::duration::zero(), between_looks)))) {
    look();
    if (auto signal = signals.wait(std::chrono::milliseconds(0))) return signal_name(*signal);
    if (clock::now() >= end) return "duration";
    if (broken(open)) return "error";
    if (clock::now() < release) continue;
    release_freed_memory();
    release = clock::now() + memory_release_interval;
  }
  return e.what_broke() ? "error" : "end_of_source";
}

// What is left to do when nothing flows any more; gives the exit code. All is tried, and each file that the run should
// have written and has not is told of: recording, results, pictures, summary alike.
int end_run(process& p, const settings& s, const engine& e, const transport& open, const result_sink& sink,
            const run_report& last) {
  auto exit_code = exit_ok;
  auto fail = [&](const std::string& message) { exit_code = p.fail(message); };
  if (open.record)
    if (auto ok = open.record->finish(); !ok) fail(ok.error().message);
  if (auto missing = sink.missing()) fail(*missing);
  if (s.summary)
    if (auto ok = write_summary(*s.summary, summary(last, static_cast<int>(s.job_threads))); !ok)
      fail(ok.error().message);
  if (auto why = e.what_broke() ? e.what_broke() : broken(open)) fail(*why);
  if (auto why = nothing_understood(last, s, open.replay ? open.replay->messages() : 0,
                                    open.recorded ? open.recorded->setup() : std::nullopt))
    fail(*why);
  return exit_code;
}

int run(process& p, const configuration& cfg, const configured& what) {
  const auto& s = what.values;
  const end_signals signals;
  // Watches until the process is nearly over.
  std::optional<signal_watch> second;
  std::atomic<std::shared_ptr<flow_recorder>> record;
  signal_watch watch(signals, [&](int signal) { end_start(p, signal, record.load()); });
  auto made_plan = plan_of(s);
  if (!made_plan) return p.refuse(made_plan.error());
  const auto& plan = *made_plan;
  if (s.metrics.port)
    if (auto ok = check_port_free(s.metrics.address, *s.metrics.port); !ok) return p.refuse(ok.error());
  if (auto ok = check_summary_place(s); !ok) return p.refuse(ok.error());
  std::unique_ptr<web_view> view;
  if (s.http.port.value_or(0) != 0) {
    auto opened = web_view::open(s, plan, environment_variable, p.last_lines, what.text);
    if (!opened) return p.refuse(opened.error());
    view = std::move(*opened);
  }
  auto sink = make_sink(s);
  if (!sink) return p.refuse(sink.error());
  auto kept = open_snapshots(s, plan, environment_variable);
  if (!kept) return kept.error().reason == "value" ? p.refuse(kept.error()) : p.fail(kept.error().message);
  auto open = open_transport(s, plan, environment_variable, kept->newest);
  if (!open) return open.error().reason == "value" ? p.refuse(open.error()) : p.fail(open.error().message);
  record = open->record;
  log_geometry(s, plan);
  for (const auto& text : services_without_jobs(plan, started_by_commands(s)))
    spdlog::warn(log_line("service_without_jobs", {{"text", text}}));
  std::shared_ptr<pulse_simulator> simulator;
  if (s.source.kind == "simulator") {
    auto made = make_simulator(s, plan);
    if (!made) return p.refuse(made.error());
    simulator = *made;
    spdlog::info(log_line("simulation", {{"text", simulator->note()}}));
  }

  caf::actor_system system{const_cast<configuration&>(cfg)};
  engine_surroundings around;
  around.sink = *sink;
  around.clock = std::make_shared<system_wall_clock>();
  around.status = wire_status();
  around.pulses = [sim = simulator](std::uint64_t k, timestamp t) { return sim->pulse(k, t); };
  connect(around, s, *open, *kept);
  if (open->producer) (*sink)->add(std::make_shared<kafka_sink>(system, open->producer, plan.inst->name));
  if (auto console = console_for(s.display); console.mode != console_mode::none)
    around.display = spawn_console(system, console);
  if (view) view->connect(around, **sink, system);
  service_manager manager;
  if (auto watch_reports = manager.spawn_watch(system, around.viewer)) around.viewer = watch_reports;
  engine e(system, s, plan, around);
  if (view) view->start(system, e, plan, open->producer);
  // Before the engine goes.
  const view_end ends_first{view.get()};
  spdlog::info(log_line("service_starting", {{"instrument", log_word{plan.inst->name}}, {"jobs", plan.orders.size()}}));
  if (auto ok = e.start(); !ok) return p.refuse(ok.error());
  watch.stop();
  spdlog::info(log_line(
    "service_running",
    {{"instrument", log_word{plan.inst->name}}, {"jobs", plan.orders.size()}, {"job_threads", s.job_threads}}));
  spdlog::info("Service started");
  manager.ready(fmt::format("{} jobs of {}", plan.orders.size(), plan.inst->name));
  if (view) view->running();

  auto* lost_lines = counter(system, "log.lines-lost", "Log lines lost because standard error was not read.", {});
  auto reason = flow(e, s, signals, *open, [&] {
    lost_lines->inc(static_cast<std::int64_t>(p.log.lost()) - lost_lines->value());
    manager.look();
  });
  manager.stopping();
  spdlog::info(log_line("service_stopping", {{"reason", log_word{reason}}}));
  second.emplace(signals.without_hangup(), [&](int signal) { end_at_once(p, signal); });
  auto last = e.finish();
  if (view) view->stop();
  spdlog::info(log_line(
    "service_stopped",
    {{"batches", last.batches}, {"events_processed", last.events_processed}, {"events_dropped", last.events_dropped}}));
  auto exit_code = end_run(p, s, e, *open, **sink, last);
  // Else the process would wait for them.
  if (e.stuck_jobs() > 0) std::_Exit(end_with(exit_code, p.log));
  return exit_code;
}

int main_with(process& p, std::vector<std::string> args) {
  if (const auto text = printed_description(describe_engine(), args)) {
    fmt::print("{}", *text);
    return exit_ok;
  }
  if (auto word = subcommand_of(args)) {
    if (!word->program.empty()) return p.fail(become(*word));
    args = std::move(word->arguments);
  }
  configuration cfg;
  auto asked = configure(cfg, args, environment_variable);
  if (!asked) return p.refuse(asked.error());
  const auto& s = asked->values;
  switch (asked->what) {
  case intent::help:
  case intent::version:
  case intent::dump_config:
    fmt::print("{}", asked->text);
    return exit_ok;
  case intent::list:
  case intent::list_json:
    return list(p, s, asked->what == intent::list_json);
  case intent::check:
  case intent::check_online:
  case intent::run:
    break;
  }
  for (const auto& text : unknown_variables(names_of_variables()))
    p.log.say("livedata: warning: " + text);
  require_units();
  if (s.log_format == "json") p.log.write_json();
  set_up_log(p, s, asked->what == intent::run && console_for(s.display).mode == console_mode::table);
  if (asked->what == intent::run) return run(p, cfg, *asked);
  return check(p, s, asked->what == intent::check_online);
}

} // namespace

} // namespace livedata

int main(int argc, char** argv) {
  livedata::keep_freed_memory();
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  livedata::process p;
  int exit_code = 0;
  try {
    exit_code = livedata::main_with(p, {argv + 1, argv + argc});
  } catch (const std::exception& e) {
    exit_code = p.fail(e.what());
  }
  return livedata::end_with(exit_code, p.log);
}
