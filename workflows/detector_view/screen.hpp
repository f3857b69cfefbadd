// Where on the screen a pixel shows: the part of a detector view that does not depend on events.
#pragma once

#include "messages/data_array.hpp"
#include "workflows/detector_view/logical_transform.hpp"
#include "workflows/detector_view/pixel_grid.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// One bin of the screen for each detector number (row-major over the dimensions of the screen), or -1 if it does not
// show.
using pixel_map = std::vector<std::int32_t>;

struct screen {
  // Dimensions with sizes, outermost first, for example y 144, x 144.
  sized_dims dims;
  // Published with every image.
  std::vector<std::pair<std::string, variable>> coords;
  // Published behind them with images that are divided by the weights: where the screen of a projection is.
  std::vector<std::pair<std::string, variable>> weighted_coords = {};
  // Detector number of the first element of the maps; the others follow without gaps.
  std::int32_t first_pixel = 1;
  // One map, or one for each replica of noisy positions; batches use them in turn.
  std::vector<pixel_map> replicas;
  // Pixels per screen bin, averaged over the replicas.
  std::vector<double> weights;

  std::size_t bins() const noexcept { return weights.size(); }

  // The coordinate of that name, or nullptr.
  const variable* coord(std::string_view name) const;
};

// Shows the pixels in their logical order, rearranged by the transform (made for the sizes of the grid). A screen on
// which nothing is summed has the detector numbers as a coordinate, int32 if they are from a file, else int64, as
// clients know them. Throws parameter_error if the detector numbers repeat or spread too far.
screen logical_screen(const pixel_grid& pixels, const logical_transform& transform);

enum class projection_kind : std::uint8_t { xy_plane, cylinder_mantle_y, cylinder_mantle_z };

enum class position_noise : std::uint8_t { none, cylindrical, gaussian };

struct projection {
  projection_kind kind = projection_kind::xy_plane;
  position_noise noise = position_noise::none;
  // Width of Gaussian noise, m.
  double sigma = 0;
  // Mirrors x.
  bool flip_x = false;
  // Numbers of bins, outermost first. Dimensions: x and y; arc_length and y; arc_length and z.
  sized_dims resolution;
};

// The two dimensions that a projection has, for example {"x", "y"}.
std::pair<std::string_view, std::string_view> dimensions_of(projection_kind kind);

// Projects pixel positions along straight lines through the sample, and bins them: onto the plane z = Z through the
// pixel nearest to the sample, or onto the mantle of the cylinder about the y or z axis through the pixel nearest to
// that axis. With noise there are five replicas: exact positions, and four sets in which each pixel is moved (to a
// point of its tube, or by a normal distribution), so that the grid of pixels and the grid of bins make no moire
// pattern. The weighted coordinate `z` is Z, `r` the radius of that cylinder, m. Throws parameter_error if the
// resolution is not over the dimensions of the projection, or the geometry does not fit.
screen project(const pixel_grid& pixels, const detector_geometry& g, const projection& how);

// The same with its maps to be made one by one, since each of them takes as long as all the rest.
struct unmapped_screen {
  // Without replicas, and with weights of 0.
  screen bare;
  std::size_t replicas = 1;
  // The map of a replica.
  std::function<pixel_map(std::size_t)> make_map;
};

unmapped_screen project_unmapped(std::shared_ptr<const pixel_grid> pixels, std::shared_ptr<const detector_geometry> g,
                                 const projection& how);

// Makes all maps, and works out the weights.
screen with_maps(unmapped_screen s);

// Detector number of the first element of maps for these pixels. Throws parameter_error if numbers stand twice, or lie
// too far apart.
std::int32_t first_number(const pixel_grid& pixels);

// A map by detector number, made of one by pixel.
pixel_map by_number(const pixel_grid& pixels, pixel_map by_pixel);

} // namespace livedata
