// Command line of the small programs beside livedata: options with one value each, flags, --help.
#pragma once

#include "actors/kafka/properties.hpp"
#include "messages/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct tool_option {
  std::string name;
  // What its value is, for the help text: "<file>"; empty for a flag.
  std::string placeholder;
  std::string help;
  // May be given several times.
  bool repeatable = false;
};

class tool_arguments {
public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }

  // The last value given.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  std::string value_or(std::string_view name, std::string otherwise) const;
  // Failure: missing or empty.
  result<std::string> needed(std::string_view name) const;
  // Failure: no number, or below `low`.
  result<double> number(std::string_view name, double otherwise, double low) const;

private:
  friend result<tool_arguments> read_tool_arguments(const std::vector<tool_option>& known,
                                                    const std::vector<std::string>& args);

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Takes --name=value, --name value and --flag. `--help` is always known.
result<tool_arguments> read_tool_arguments(const std::vector<tool_option>& known, const std::vector<std::string>& args);

std::string tool_help(std::string_view program, std::string_view purpose, const std::vector<tool_option>& known);

// The options of every program that talks to Kafka, and the properties they amount to.
std::vector<tool_option> kafka_tool_options();
result<kafka_properties> kafka_tool_properties(const tool_arguments& args);

// Runs a program: reads the arguments, answers --help, prints failures. Exit codes: 0, 2 for failures with reason
// "usage" or "value", 1 for others.
int run_tool(std::string_view program, std::string_view purpose, const std::vector<tool_option>& known, int argc,
             char** argv, status (*run)(const tool_arguments&));

} // namespace livedata
