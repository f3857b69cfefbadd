// Files of lookup tables, as the field's own software writes and reads them (HDF5; scipp_file.hpp).
#pragma once

#include "workflows/files/data_files.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace livedata {

// A table from a file, checked. The file holds either a DataArray over (distance, event_time_offset) in a unit of
// length, with scalar coordinates pulse_period, pulse_stride, distance_resolution and time_resolution; or a DataGroup
// with such a DataArray as entry "array", and those four as entries. Units are converted; other entries are passed
// over. Reads in a process of its own. Failure: "bad_lookup_table", with the name of the file.
result<lookup_table> read_lookup_table(const std::filesystem::path& file);

// The same for a file that is open, not checked as a table, and in this process. Throws nexus_error.
lookup_table table_of_file(const nexus_file& file);

enum class table_form : std::uint8_t { data_array, data_group };

// Writes a table so that it can be read by this program and by the field's own. A file that is there is written over
// once the new one is complete. Failures: those of check(), "unwritable_file".
status write_lookup_table(const lookup_table& table, const std::filesystem::path& file,
                          table_form form = table_form::data_array);

// The table that an instrument has under the name `file` in its "files", found by the rules of data_files and shared
// with all others who use it. Throws parameter_error, with a text that says what to do.
std::shared_ptr<const lookup_table> find_lookup_table(const instrument& inst, std::string_view file, data_files& files);

} // namespace livedata
