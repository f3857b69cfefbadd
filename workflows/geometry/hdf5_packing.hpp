// How datasets are written.
#pragma once

#include "workflows/geometry/hdf5_handle.hpp"

namespace livedata {

// Creation properties of a dataset with that extent and so many elements: long ones are packed, since neighbouring
// pixels are much alike.
hdf5_handle packed_if_long(hid_t space, std::size_t count);

} // namespace livedata
