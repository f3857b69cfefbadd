// Control messages: commands of the dashboard, starts and stops of runs. And the answers to commands.
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

// Acts on existing jobs ("job_command"): on one if `job` is given, else on those of `workflow` if it is given, else on
// all of the service.
struct job_command {
  std::string message_id;
  std::optional<job_id> job;
  std::optional<workflow_id> workflow;
  job_action action = job_action::stop;
};

// A run of the experiment begins (pl72). `stop`: when it will end, if that is known.
struct run_start {
  std::string run_name;
  timestamp start;
  std::optional<timestamp> stop;
};

// A run of the experiment ends (6s4t).
struct run_stop {
  std::string run_name;
  timestamp stop;
};

using control_message = std::variant<start_command, job_command, run_start, run_stop>;

// The answer to a command.
struct acknowledgement {
  std::string message_id;
  // What the command was for: a source, "source/uuid", or "all".
  std::string device;
  // Why the command was refused. Nothing: it was done.
  std::optional<std::string> error;

  friend bool operator==(const acknowledgement&, const acknowledgement&) = default;
};

} // namespace livedata
