// What --help, --version and --dump-config print.
#pragma once

#include "app/configuration/settings.hpp"

#include <caf/config_option_set.hpp>
#include <caf/settings.hpp>

#include <string>
#include <string_view>

namespace livedata {

// All options by group, with what they take and their defaults; at most 100 columns wide.
std::string help_text(const caf::config_option_set& options);

std::string version_text();

// "0.1.0".
std::string_view program_version();

// A configuration file that gives these settings. Its block `caf` is written from `content`, which is what CAF holds.
// Secrets among the properties of Kafka are left out; a comment says that they came from `secrets_from`.
std::string dump_text(const settings& values, const caf::settings& content, const std::string& secrets_from);

} // namespace livedata
