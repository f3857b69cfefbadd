// Requests for regions of interest: all rectangles, or all polygons, that a client wants for one job, as the data array
// that it sends.
//
// Rectangle: dimension `bounds`, two entries for each, least and greatest. Polygon: dimension `vertex`, one entry for
// each corner, closed from the last to the first. Coordinates `x` and `y` are along the second and the first dimension
// of the screen, in the unit of the screen's coordinate or, without a unit, in indices of bins; `roi_index` says to
// which region an entry belongs.
#pragma once

#include "messages/data_array.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

enum class roi_shape : std::uint8_t { rectangle, polygon };

// The output of a view that gives the regions of that shape back, and the last part of the name of their requests.
constexpr std::string_view output_of(roi_shape shape) {
  return shape == roi_shape::rectangle ? "roi_rectangle" : "roi_polygon";
}

// One region: its index, and the x and y of its bounds or corners.
struct roi {
  std::int32_t index = 0;
  std::vector<double> x;
  std::vector<double> y;
};

struct roi_request {
  roi_shape shape = roi_shape::rectangle;
  std::optional<std::string> x_unit;
  std::optional<std::string> y_unit;
  // By ascending index.
  std::vector<roi> regions;
};

// Throws parameter_error that names the region and what is wrong with it: a rectangle that is not two bounds, least and
// greatest, on each axis; fewer than three corners; corners, or indices of bins, that are not finite; arrays that do
// not go together; more than 1000 regions.
roi_request read_roi_request(roi_shape shape, const data_array& array);

// What is sent back where there are no regions: a request with none, in the units of the screen.
data_array empty_roi_request(roi_shape shape, std::optional<std::string> x_unit, std::optional<std::string> y_unit);

} // namespace livedata
