// Why the HDF5 library cannot read: for people, who get no more than "cannot be read" from it.
#pragma once

#include "workflows/geometry/hdf5_handle.hpp"

#include <filesystem>
#include <string>

namespace livedata {

// After H5Fopen has failed for a file, in the same thread: that it is missing or unreadable, locked by a program that
// writes it, marked as open for writing, cut short, or no HDF5 file; and what to do.
std::string why_not_open(const std::filesystem::path& file);

// After H5Dread has failed for a dataset: the filter that it is packed with and that is not installed; else that it
// is damaged.
std::string why_not_read(hid_t dataset);

} // namespace livedata
