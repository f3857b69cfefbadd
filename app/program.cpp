#include "app/program.hpp"

#include "actors/view/terminal/console.hpp"
#include "app/cluster.hpp"
#include "app/configuration/configuration.hpp"
#include "app/configuration/environment.hpp"
#include "app/configuration/port_check.hpp"
#include "app/configuration/unknown_variables.hpp"
#include "app/end_signals.hpp"
#include "app/listing.hpp"
#include "app/machine_memory.hpp"
#include "app/memory.hpp"
#include "app/plan.hpp"
#include "app/process.hpp"
#include "app/program_description.hpp"
#include "app/run.hpp"
#include "app/snapshots.hpp"
#include "app/subcommands.hpp"
#include "app/transport.hpp"
#include "messages/units.hpp"
#include "transport/recording/recording.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace livedata {

namespace {

// `table_shown`: a terminal cannot show the table and log lines at once. The table tells of trouble itself; the log is
// still written where standard error goes elsewhere.
void set_up_log(process& p, const settings& s, bool table_shown) {
  if (s.http.port.value_or(0) != 0) p.log.also_to(p.last_lines = std::make_shared<log_ring>());
  p.log_hidden = table_shown && isatty(STDERR_FILENO) == 1;
  if (p.log_hidden) p.log.be_silent();
  spdlog::set_default_logger(p.log.logger());
  spdlog::set_level(p.log_hidden && !p.last_lines ? spdlog::level::off : spdlog::level::from_str(s.log_level));
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
  const auto& instrument = plan->inst->name;
  fmt::print("{}{}{}", describe(*plan), describe_cluster(s, instrument),
             describe_snapshots(with_cluster_topic(s, instrument), *plan));
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

int program(process& p, const std::vector<std::string>& args) {
  keep_freed_memory();
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  int exit_code = 0;
  try {
    exit_code = main_with(p, args);
  } catch (const std::exception& e) {
    exit_code = p.fail(e.what());
  }
  return end_with(exit_code, p.log);
}

} // namespace livedata
