// Filters of datasets that the HDF5 library does not bring along.
#pragma once

namespace livedata {

// Makes datasets readable that h5py has packed with LZF (filter 32000). To be called before a file is read, as often as
// one likes, by one thread at a time.
void register_hdf5_filters();

} // namespace livedata
