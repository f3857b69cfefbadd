// Kind "detector_ratemeter": how many events a part of a detector has.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings
//   group     dimension of the detector that the user chooses one index of
//   choices   {parameter value: index}, in the order in which they are shown; the last is the default
//   fold      the dimensions that are counted through, as one, for the other two parameters, outermost first
// Parameters: region {<group>, pixel_start, pixel_stop}: the pixels of the group with pixel_start <= place <
// pixel_stop, place being the index in the folded dimensions. All other dimensions are summed. Outputs, scalar counts
// with variances: detector_region_counts (since the last result), detector_region_counts_cumulative.
workflow_kind detector_ratemeter_kind();

} // namespace livedata
