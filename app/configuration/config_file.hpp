// Reads the configuration file: structure, keys, values, jobs.
#pragma once

#include "app/configuration/settings.hpp"
#include "app/configuration/values.hpp"
#include "messages/result.hpp"

#include <caf/config_option_set.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct file_content {
  given_values values;
  std::vector<job_request> jobs;
};

// The failure says why the file cannot be read, or names line and key of what is wrong in it.
result<file_content> read_config_file(const std::string& path, const caf::config_option_set& options);

// Same for a text; `origin` stands for the file in messages.
result<file_content> read_config_text(std::string_view text, const std::string& origin,
                                      const caf::config_option_set& options);

} // namespace livedata
