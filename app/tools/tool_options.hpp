// Command line of the small programs beside livedata: options with one value each, flags, --help.
#pragma once

#include "messages/log_line.hpp"
#include "messages/result.hpp"
#include "transport/kafka/producer.hpp"
#include "transport/kafka/properties.hpp"
#include "workflows/instrument/instrument.hpp"

#include <chrono>
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
                                                    const std::vector<std::string>& args,
                                                    const std::vector<std::string>& actions);

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Takes --name=value, --name value and --flag; before them one of the actions, if there are any. `--help` and
// `--version` are always known.
result<tool_arguments> read_tool_arguments(const std::vector<tool_option>& known, const std::vector<std::string>& args,
                                           const std::vector<std::string>& actions = {});

std::string tool_help(std::string_view program, std::string_view purpose, const std::vector<tool_option>& known,
                      const std::vector<std::string>& actions = {});

// The options of every program that talks to Kafka, and the properties they amount to.
std::vector<tool_option> kafka_tool_options();
result<kafka_properties> kafka_tool_properties(const tool_arguments& args);

// The options of a program, and after them those of every program that talks to Kafka.
std::vector<tool_option> with_kafka_options(std::vector<tool_option> own);

// The instrument that --instrument names. Failures are the user's.
result<instrument> tool_instrument(const tool_arguments& args);

// The same; nothing if there is no --instrument.
result<std::optional<instrument>> tool_instrument_if_named(const tool_arguments& args);

// The topics that --topic names, and after them those that the services of the instrument read, with --dev those of the
// development set-up.
std::vector<std::string> tool_topics(const tool_arguments& args, const std::optional<instrument>& inst);

// Waits until everything is sent, at most so long, and tells in the log, under the name `event` and after `about`, what
// became of it. Failure: something was not delivered.
status finish_delivery(kafka_producer& producer, std::chrono::milliseconds at_most, std::string_view event,
                       const log_field& about);

// A program; each has a file of its own that defines it.
struct tool {
  std::string name;
  std::string purpose;
  std::vector<tool_option> options;
  status (*run)(const tool_arguments&);
  // If there are any, the first argument has to be one of these words; it becomes the value of "action".
  std::vector<std::string> actions = {};
};

tool this_tool();

// Runs a program: reads the arguments, answers --help, prints failures. Exit codes: 0, 2 for failures with reason
// "usage" or "value", 1 for others.
int run_tool(const tool& t, const std::vector<std::string>& arguments);

} // namespace livedata
