// Where on the screen a pixel shows: the static part of a detector view, computed once when its job is built.
#pragma once

#include "messages/data_array.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// One bin of the screen for each pixel (row-major over the dimensions of the screen), or -1 if it does not show.
using pixel_map = std::vector<std::int32_t>;

struct screen {
  // Dimensions with sizes, outermost first, for example y 144, x 144.
  std::vector<std::pair<std::string, std::int64_t>> dims;
  // Published with every image.
  std::vector<std::pair<std::string, variable>> coords;
  // Detector number of the first pixel of the maps; the others follow without gaps.
  std::int32_t first_pixel = 1;
  // One map, or one for each replica of noisy positions; batches use them in turn.
  std::vector<pixel_map> replicas;
  // Pixels per screen bin, averaged over the replicas.
  std::vector<double> weights;

  std::size_t bins() const noexcept { return weights.size(); }
};

// Resolution of a projected screen: dimension names with numbers of bins, outermost first.
using resolution = std::vector<std::pair<std::string, std::int64_t>>;

enum class position_noise { none, cylindrical };

// Projects pixel positions along straight lines through the sample onto the plane z = Z through the pixel nearest to
// the sample, and bins them. With cylindrical noise there are five replicas: exact positions, and four sets in which
// each pixel is moved to a point of its tube, so that the grid of pixels and the grid of bins make no moire pattern.
// `flip_x` mirrors x. Throws parameter_error if the resolution is not over x and y, or the geometry does not fit.
screen project_on_xy_plane(const detector& d, const detector_geometry& g, const resolution& r, position_noise noise,
                           bool flip_x);

// Shows the logical sizes of a detector, with the dimensions in `reduce` summed away. A screen on which nothing is
// summed has the detector numbers as a coordinate. Throws parameter_error for an unknown dimension.
screen fold_and_reduce(const detector& d, std::span<const std::string> reduce);

} // namespace livedata
