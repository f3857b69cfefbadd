// Along which dimensions of a detector the values of one of its fields lie, by the attributes of its NeXus group.
#pragma once

#include "workflows/geometry/nexus_file.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace livedata {

// For each dimension of the field group/name, the dimension of detector_number (whose lengths are `detector`) that it
// lies along. The first of these that says it:
//   <name>_indices of the group   positions in its axes
//   axes of the group             names of dimensions; '.' for one without a name. Also of the signal, as in older
//   files axis of the field             position in the axes, from 1 its lengths                   those of the
//   detector, of its last dimensions, or such as only one dimension has its name                      x lies along the
//   last dimension, y along the one before, z along the one before that
// Empty for a field with one value, which holds for all pixels. Throws nexus_error if nothing fits.
std::vector<std::size_t> nexus_dimensions(const nexus_file& file, const std::string& group, const std::string& name,
                                          const std::vector<std::size_t>& detector);

// The values of such a field for each pixel, row-major over the detector.
std::vector<double> spread(const std::vector<double>& content, const std::vector<std::size_t>& along,
                           const std::vector<std::size_t>& detector);

} // namespace livedata
