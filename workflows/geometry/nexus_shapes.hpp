// What a NeXus detector says of the shapes of its pixels: positions, where it has no offsets, and one shape for all.
#pragma once

#include "workflows/geometry/nexus_file.hpp"
#include "workflows/geometry/vec3.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Metres per unit of a dataset, which must have a unit of length. Throws nexus_error.
double metres_of_unit(const nexus_file& file, const std::string& dataset);

// The points of a dataset of n x 3 numbers, m. `most`: how many there may be. Throws nexus_error.
std::vector<vec3> read_points(const nexus_file& file, const std::string& dataset, std::size_t most);

// Positions of the pixels with these numbers, m, by the groups pixel_shape and detector_shape of a detector:
//   NXoff_geometry with detector_faces            the mean of the vertices of the faces of each pixel; not a number for
//                                                 a pixel without a face
//   NXcylindrical_geometry with detector_number   the middle of the cylinder of each pixel; the same
//   NXoff_geometry with eight vertices a pixel    their mean, in the order of detector_number
// Nothing if no group says anything of the kind. Throws nexus_error.
std::optional<std::vector<vec3>> positions_of_shapes(const nexus_file& file, const std::string& detector,
                                                     const std::vector<std::int32_t>& numbers);

} // namespace livedata
