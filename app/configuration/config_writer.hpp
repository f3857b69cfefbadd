// Values in the syntax of the configuration file, so that what is written can be read back.
#pragma once

#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <string>
#include <string_view>

namespace livedata {

// In double quotes, with escapes.
std::string in_quotes(std::string_view text);

// A key as it has to be written: with quotes if it holds more than letters, digits, '-' and '_'.
std::string written_key(std::string_view key);

// On one line.
std::string to_config_text(const caf::config_value& value);

// As on the command line: text without quotes, lists separated by commas.
std::string to_argument_text(const caf::config_value& value);

// Whole blocks with one entry a line, indented by `indent` blanks.
std::string to_config_lines(const caf::settings& block, int indent);

} // namespace livedata
