// The summary of a run, for scripts: a JSON object in a file.
#pragma once

#include "actors/messages.hpp"
#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"

#include <filesystem>

namespace livedata {

// Times in seconds, memory in bytes; `duration_s` is time on the wall. `lag_*` is over all results handed over,
// `batch_*` over all batches with work. `jobs` has the jobs present at the end, in table order; their `processing_*` is
// over batches with work for them. `profile` is of the time in which data flowed: processor time by phase, of what is
// in no phase, and what was left of the processors.
json summary(const run_report& report, int job_threads);

// Replaces the file as a whole. The failure names the path.
status write_summary(const std::filesystem::path& path, const json& content);

} // namespace livedata
