// Geometry kind "nexus": a detector as a NeXus file describes it.
//
//   { "kind": "nexus", "file": "/data/geometry-loki-2026-05-08.nxs", "group": "/entry/instrument/loki_detector_0" }
//
// Of the group (NXdetector) are used
//   detector_number           of any shape, row-major
//   x_, y_, z_pixel_offset    with units; 0 if missing; for each pixel, for all, or along some of the dimensions of
//                             detector_number, as nexus_axes.hpp tells
//   depends_on                the chain of transformations, by paths that are absolute or relative to where they stand
//   pixel_shape               NXcylindrical_geometry with one cylinder: the shape of all pixels. A shape that cannot be
//                             used is missed only where one is needed
//   pixel_shape, detector_shape   if there are no offsets: where the pixels are, as nexus_shapes.hpp tells
// An entry of the chain is a dataset with one number, or an NXlog whose value has length 1. Any other length is that of
// something that moves: the entry has no value of its own. The length of its vector is a factor of the value; an offset
// must have offset_units, unless it is zero.
#pragma once

#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/instrument/json_node.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace livedata {

// The chain that the depends_on of a component (a group) begins; the identity if it has none. Throws nexus_error.
transformation_chain read_nexus_chain(const nexus_file& file, const std::string& component);

// A detector with that many pixels. Throws nexus_error.
detector_layout read_nexus_layout(const nexus_file& file, const std::string& group, std::size_t pixels);

// Only its detector numbers, row-major. Throws nexus_error.
std::vector<std::int32_t> read_nexus_numbers(const nexus_file& file, const std::string& group, std::size_t pixels);

// What `read` makes of a file, in a process of its own: the HDF5 library has no defence against files that are damaged
// where it keeps no check sums. Throws nexus_error with the name of the file.
std::vector<std::byte> read_isolated(const std::string& file,
                                     const std::function<std::vector<std::byte>(const nexus_file&)>& read);

// `node` is the geometry of `d`. Reads in a process of its own. Throws json_error and nexus_error.
detector_layout make_nexus_layout(const detector& d, const json_node& node);

} // namespace livedata
