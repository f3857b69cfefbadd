// Command line and environment. Unlike CAF's own parser this one takes `--name value` beside `--name=value`, flags with
// values, and says what is wrong with an argument instead of stopping there.
#pragma once

#include "app/configuration/values.hpp"
#include "messages/result.hpp"

#include <caf/config_option_set.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// What the process is asked to do.
enum class intent { run, check, check_online, list, list_json, version, help, dump_config };

struct command_line {
  intent what = intent::run;
  std::optional<std::string> config_file;
  // The last one counts where an option is repeated.
  given_values values;
};

// `args` is without the name of the program. Asking for help or version is answered whatever else is wrong.
result<command_line> read_command_line(const std::vector<std::string>& args, const caf::config_option_set& options);

// Gives the value of a variable of the environment.
using environment_lookup = std::function<std::optional<std::string>(std::string)>;

// Only the exact names of known options count; an empty variable is one that is not set.
result<given_values> read_environment(const environment_lookup& variable);

} // namespace livedata
