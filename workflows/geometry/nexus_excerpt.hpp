// Cuts the geometry out of a full NeXus file: what an engine needs to know of an instrument, in a few megabytes instead
// of gigabytes, and without data that move.
#pragma once

#include "messages/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace livedata {

// Which vertices of a pixel's mesh its position is the mean of: the first four, the last four, or all eight.
enum class off_face : std::uint8_t { inner, outer, centroid };

struct excerpt_options {
  bool pixel_shapes = true;
  // For detectors without pixel offsets that have eight vertices for each pixel: writes offsets, and leaves the mesh
  // out.
  std::optional<off_face> active_face;
};

// Copies, with all their attributes and groups above them,
//   NXdetector                                   detector_number, pixel offsets, depends_on, pixel_shape
//   NXmonitor, NXsource, NXmoderator, NXsample   depends_on
//   NXtransformations, NXdisk_chopper            everything; the datasets of an NXlog are cut to length 0
//   and whatever a copied depends_on leads to.
// Reads in a process of its own. A file that is there is written over once the new one is complete.
// Failure: "bad_file", "unwritable_file".
status write_geometry_excerpt(const std::filesystem::path& full, const std::filesystem::path& excerpt,
                              const excerpt_options& options);

} // namespace livedata
