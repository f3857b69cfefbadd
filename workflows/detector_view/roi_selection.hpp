// Which bins of a screen a region of interest holds.
#pragma once

#include "workflows/detector_view/roi_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// One dimension of a screen as regions see it: with edges in `unit`, or just bins.
struct roi_axis {
  std::int64_t bins = 0;
  std::optional<std::string> unit;
  // bins + 1 edges, or empty: then there is no coordinate.
  std::vector<double> edges;
};

// The first dimension of a screen is y, the second x.
struct roi_screen {
  roi_axis y;
  roi_axis x;
};

// Throws parameter_error if the units of the request do not go with the screen: each axis must be in the unit of the
// coordinate, or in one that converts to it, or have no unit; only that if the screen has no coordinate.
void check_units(const roi_request& request, const roi_screen& screen);

// The bins (row-major, ascending) that a region of a request holds.
//
// Rectangle: bins that it covers, if only in part, on an axis with a unit; the half-open range of bin indices, its ends
// truncated and negative ones counted from the end, on an axis without. Polygon: bins whose centre (or index, on an
// axis without a unit) is inside by the even-odd rule.
std::vector<std::int32_t> selected_bins(const roi_request& request, const roi& region, const roi_screen& screen);

} // namespace livedata
