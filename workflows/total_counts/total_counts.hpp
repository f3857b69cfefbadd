// Kind "total_counts": the number of events of a detector.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings and parameters: none. Output total_counts: events of known pixels since the start, whatever their arrival
// times.
workflow_kind total_counts_kind();

} // namespace livedata
