// Which NeXus file has the geometry of an instrument on a given day, and where it lies.
#pragma once

#include "messages/result.hpp"
#include "workflows/files/data_files.hpp"
#include "workflows/instrument/instrument.hpp"

#include <filesystem>
#include <string_view>

namespace livedata {

// The file that is valid on a date ("2026-05-08"): from its own date up to that of the next. Reasons of failure:
// "no_geometry_file" if there is none at all, or none that early.
result<geometry_file> select_geometry_file(const instrument& inst, std::string_view date);

// Where it lies. Failures: as above, and those of data_files::find.
result<std::filesystem::path> find_geometry_file(const instrument& inst, std::string_view date,
                                                 const data_files& files);

// The instrument with positions and detector numbers of its detectors from that file. A detector that the file does not
// have keeps its numbers, but not its positions; one that is damaged there, or does not fit the instrument, is marked
// as unreadable. The note of the instrument, on where its positions are from, is gone. Failure: "bad_geometry", for a
// file that cannot be read, or in which no detector can be used.
result<instrument> with_geometry_file(instrument inst, const std::filesystem::path& file);

} // namespace livedata
