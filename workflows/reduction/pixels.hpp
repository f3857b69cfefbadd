// The pixels of a detector, as reductions count them.
#pragma once

#include "workflows/detector_view/pixel_grid.hpp"
#include "workflows/kernels/pixel_table.hpp"

#include <cstdint>
#include <vector>

namespace livedata {

// Where events of a pixel go, by detector number. `place` has one entry for each pixel, -1 for those that do not count.
// Throws parameter_error if the detector numbers are too far apart for a table, or not all different.
pixel_table pixel_places(const pixel_grid& pixels, std::vector<std::int32_t> place);

} // namespace livedata
