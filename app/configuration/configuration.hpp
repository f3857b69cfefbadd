// Makes settings from command line, environment and configuration file, and fills the configuration of CAF's actor
// system. What CAF's own reader passes over in silence is an error here.
#pragma once

#include "actors/caf_compat.hpp"
#include "app/configuration/arguments.hpp"
#include "app/configuration/settings.hpp"
#include "messages/result.hpp"

#include <string>
#include <vector>

namespace livedata {

// Knows all options of the table, loads CAF's middleman (for the metrics endpoint), and has CAF keep metrics of our
// actors. CAF's global meta objects (core and io) have to be initialised before one is built.
class configuration : public fileless_config {
public:
  configuration();

  // CAF's bookkeeping of options, open to the reader of values.
  const caf::config_option_set& options() const { return custom_options_; }
};

struct configured {
  intent what = intent::run;
  // Complete unless help or version was asked for.
  settings values;
  // To print for version, help and dump_config; for a run, what dump_config would print.
  std::string text;
};

// Fills `cfg` and gives the settings; `args` is without the name of the program. To be called once for each `cfg`.
// Every failure is an error of the user: its reason is usage, environment, file, syntax, key or value, and its message
// names argument, variable, or file, line and key, and the remedy.
result<configured> configure(configuration& cfg, const std::vector<std::string>& args,
                             const environment_lookup& variable);

} // namespace livedata
