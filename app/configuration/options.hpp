// The table of all options. Registration with CAF, command line, environment, file checks, suggestions, help and dump
// are derived from it, so an option is added by adding one entry (and its value in settings.hpp).
#pragma once

#include "app/configuration/settings.hpp"
#include "messages/result.hpp"

#include <caf/config_value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// The one option whose values may hold secrets.
inline constexpr std::string_view kafka_properties_path = "livedata.kafka.properties";

enum class option_kind {
  text,     // a text, not empty
  word,     // one of the allowed words
  texts,    // a list of texts
  words,    // a list of allowed words, none twice, at least one
  whole,    // a whole number
  number,   // a number
  timespan, // a time with a unit
  seconds,  // seconds as a number, or a time with a unit
  jobs,     // blocks in the file; see job_blocks.hpp
  flag      // true or false; on the command line the name alone means true
};

struct option {
  // Heading of the help text.
  std::string group;
  // On the command line, without the dashes.
  std::string name;
  // A second, shorter name there; may be empty.
  std::string alias;
  // Where it stands in the file, from the outermost block: "livedata.source.rate". Empty: command line only.
  std::string path;
  option_kind kind = option_kind::text;
  std::vector<std::string> allowed;
  // Smallest and largest number (seconds for times), and whether the smallest itself is excluded.
  std::optional<double> low, high;
  bool above_low = false;
  // A value in the file's syntax to show where there is no default.
  std::string example;
  // What holds while there is no value, in words: "none".
  std::string unset;
  std::string help;
  // Takes a value that has been checked. Null where there is no value in settings to set.
  std::function<void(settings&, const caf::config_value&)> assign;
  // The value as it is set; nothing if it is not.
  std::function<std::optional<caf::config_value>(const settings&)> show;

  // LIVEDATA_SOURCE_RATE; empty for what cannot be given by the environment.
  std::string variable() const;
  // The default, else the example.
  caf::config_value shown_example() const;
};

const std::vector<option>& all_options();

// By file path, or by command line name or alias; nullptr if there is none.
const option* find_option_by_path(std::string_view path);
const option* find_option_by_name(std::string_view name);

// What the option takes, in words: "a number greater than 0", "one of none, memory, files".
std::string expectation(const option& o);

// Words joined by ", ".
std::string joined(const std::vector<std::string>& words);

} // namespace livedata
