// Checks a single value against its option. Messages say where the value stands, what is expected there and how to
// write it.
#pragma once

#include "app/configuration/options.hpp"

#include <caf/config_option.hpp>

#include <map>
#include <string>

namespace livedata {

// Where a value comes from, for messages.
struct origin {
  // "loki.conf:5: livedata.source.rate", "--rate" or "LIVEDATA_SOURCE_RATE".
  std::string where;
  // What comes before the value when it is written there: "rate = ", "--rate=" or "LIVEDATA_SOURCE_RATE=".
  std::string assignment;
  bool in_file = false;
};

struct given_value {
  caf::config_value value;
  origin from;
};

// By path in the file ("livedata.source.rate"), checked, and of the type that CAF has to see.
using given_values = std::map<std::string, given_value>;

failure value_failure(const origin& from, const std::string& message);

// How an example value of the option is written there: "--rate=1000000.0".
std::string written_example(const option& o, const origin& from);

// Gives the value in the type that binding expects: whole numbers as integers, numbers as reals, times as timespans.
result<caf::config_value> check_value(const option& o, const caf::config_value& value, const origin& from);

// Same for a value that was written on the command line or in the environment. Lists: words separated by commas, or
// ["a", "b"].
result<caf::config_value> read_argument(const option& o, const std::string& text, const origin& from);

// Same for options that only CAF knows.
result<caf::config_value> check_caf_value(const caf::config_option& o, caf::config_value value, const origin& from);
result<caf::config_value> read_caf_argument(const caf::config_option& o, const std::string& text, const origin& from);

} // namespace livedata
