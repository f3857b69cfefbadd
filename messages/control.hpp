// What steers the jobs from outside: commands of the dashboard, starts and stops of runs; and the answers to commands.
#pragma once

#include "messages/ids.hpp"
#include "messages/job_schedule.hpp"
#include "messages/json.hpp"
#include "messages/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace livedata {

// Configures and starts a job ("workflow_config").
struct start_command {
  std::string message_id;
  workflow_id workflow;
  job_id job;
  job_schedule schedule;
  // Role -> stream name, in the order of the message.
  std::vector<std::pair<std::string, std::string>> aux_source_names;
  // As sent; the workflow decides what is valid.
  json params = json::object();
};

enum class job_action : std::uint8_t { stop, reset, pause, resume };

// Acts on jobs that are there ("job_command"): on one if `job` is given, else on those of a workflow, else on all of
// the service.
struct job_command {
  std::string message_id;
  std::optional<job_id> job;
  std::optional<workflow_id> workflow;
  job_action action = job_action::stop;
};

// A run of the experiment begins (pl72), and possibly says when it will end; or it ends (6s4t).
struct run_start {
  std::string run_name;
  timestamp start;
  std::optional<timestamp> stop;
};

struct run_stop {
  std::string run_name;
  timestamp stop;
};

using control_message = std::variant<start_command, job_command, run_start, run_stop>;

// The answer to a command.
struct acknowledgement {
  std::string message_id;
  // What was commanded: a source, "source/uuid", or "all".
  std::string device;
  // Nothing: it was done; else what was wrong.
  std::optional<std::string> error;

  friend bool operator==(const acknowledgement&, const acknowledgement&) = default;
};

} // namespace livedata
