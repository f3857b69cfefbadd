// What there is to run: all instruments, or the workflows of one with their sources, parameters and outputs.
#pragma once

#include "messages/json.hpp"
#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/registry.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace livedata {

// {"instruments": [{"name", "title", "file"} or {"name", "file", "error"}]}, in the order of their names. An instrument
// in several folders stands for the first.
json list_instruments(const std::vector<std::filesystem::path>& folders);

// {"name", "title", "note", "detectors", "area_detectors", "monitors", "logs", "devices", "choppers", "contexts",
// "job_sets", "workflows": [{"id", "title", "service", "version", "available" (with "reason" if not), "sources",
// "auxiliary", "parameters" (a JSON schema), "outputs": [{"name", "title", "device"}], "supports_reset",
// "reset_on_run_transition"}]}
json list_instrument(const instrument& inst, const workflow_registry& workflows);

// For people: what list_instruments() or list_instrument() gives.
std::string listing_text(const json& listing);

} // namespace livedata
