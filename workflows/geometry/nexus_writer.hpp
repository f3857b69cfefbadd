// Writes the geometry of an instrument as a NeXus file, such as other software of the field reads: detector numbers
// (one list, unless the instrument file says that they are folded), pixel offsets, shapes and chains of transformations
// of its detectors; source, moderator, sample, monitors and choppers.
#pragma once

#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"

#include <filesystem>

namespace livedata {

// The offsets of detectors without geometry are NaN: no position is known. Transformations that may move (with an
// `entry`) become NXlog groups at that path, of length 0: without a value of their own, as in the files of the field. A
// file that is there is written over. Failure: "bad_geometry", "unwritable_file".
status write_geometry_file(const instrument& inst, const std::filesystem::path& file);

} // namespace livedata
