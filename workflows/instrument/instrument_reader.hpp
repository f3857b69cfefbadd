// From the JSON of an instrument file to an instrument.
#pragma once

#include "workflows/instrument/instrument.hpp"
#include "workflows/instrument/json_node.hpp"

namespace livedata {

// Reads and checks everything; throws json_error.
instrument read_instrument(const json_node& root);

} // namespace livedata
