// Lines of the log as JSON, for programs that gather logs.
#pragma once

#include <memory>
#include <spdlog/formatter.h>
#include <string>
#include <string_view>

namespace livedata {

// The members of a line that log_line() has made, each as `,"key":value`; the event is "event". Numbers, true and false
// stay what they are. A line of another form has its text as "text".
std::string json_members(std::string_view line);

// Writes each line as one JSON object with "time" (UTC), "level" and those members.
std::unique_ptr<spdlog::formatter> json_log_formatter();

} // namespace livedata
