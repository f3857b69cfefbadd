// The part of an instrument file about streams: monitors, area detectors, logs, devices and choppers, and where their
// messages come from.
#pragma once

#include "workflows/instrument/instrument.hpp"
#include "workflows/instrument/json_node.hpp"

#include <vector>

namespace livedata {

// The member "addresses" of a stream, a list of {topic, source}; empty if there is none. Throws json_error.
std::vector<wire_address> read_addresses(const json_node& node);

// Reads monitors, area_detectors, logs, devices and choppers of an instrument whose detectors are read, and checks that
// every stream has a name and an address of its own. Throws json_error.
void read_streams(const json_node& root, instrument& inst);

} // namespace livedata
