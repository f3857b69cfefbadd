// What --help, --version and --dump-config print.
#pragma once

#include "app/configuration/options.hpp"
#include "app/configuration/settings.hpp"

#include <caf/config_option_set.hpp>
#include <caf/settings.hpp>

#include <string>
#include <string_view>

namespace livedata {

// All options by group, with what they take and their defaults; at most 100 columns wide.
std::string help_text(const caf::config_option_set& options);

// What stands for the value of an option, "<number>"; empty if it takes none.
std::string_view value_placeholder(const option& o);

// The value of an option that nobody gives, or what that means; empty if there is nothing to say.
std::string default_text(const option& o);

std::string version_text();

// "0.1.0".
std::string_view program_version();

// A configuration file that gives these settings. Its block `caf` is written from `content`, which is what CAF holds.
// Secrets among the properties of Kafka are left out; a comment says that they came from `secrets_from`.
std::string dump_text(const settings& values, const caf::settings& content, const std::string& secrets_from);

} // namespace livedata
