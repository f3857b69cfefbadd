// The process as a whole: what it says, and the exit codes that go with it.
#pragma once

#include "actors/job/job_actor.hpp"
#include "actors/view/http/log_ring.hpp"
#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "app/stderr_log.hpp"
#include "messages/result.hpp"

#include <memory>
#include <string>

namespace livedata {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_configuration = 2;

struct process {
  stderr_log log{"livedata"};
  // Nobody sees the lines of the log.
  bool log_hidden = false;
  // The last lines, for viewers; null if there are none.
  std::shared_ptr<log_ring> last_lines = {};
  // Makes the actors of jobs.
  job_spawner spawn = spawn_job;

  int refuse(const failure& f) {
    log.say("livedata: " + f.message);
    return exit_configuration;
  }

  int fail(const std::string& message) {
    log.say("livedata: " + message);
    return exit_failed;
  }

  // What is wrong with the configuration ("value") has another exit code than the rest.
  int give_up(const failure& f) { return f.reason == "value" ? refuse(f) : fail(f.message); }
};

// The plan of the settings, with all workflows that there are.
result<engine_plan> plan_of(const settings& s);

// Whether no job is to be started by the configuration.
bool started_by_commands(const settings& s);

// The summary is written at the end; whether it can be is known before.
status check_summary_place(const settings& s);

} // namespace livedata
