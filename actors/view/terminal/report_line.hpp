// The state of the run as one line, for pipes and log files.
#pragma once

#include "actors/messages.hpp"

#include <string>

namespace livedata {

// Without a line break. Words "name=value" with SI suffixes and units ("1.23M", "0.42s"), then what was lost if
// anything was, and the text of the job that `first_trouble` names.
std::string render_line(const run_report& report);

// The first job in error; if there is none, the first with a warning; else nullptr.
const job_line* first_trouble(const run_report& report);

// "tube_view loki_detector_0: Job failed ..." on one line.
std::string describe_trouble(const job_line& job);

} // namespace livedata
