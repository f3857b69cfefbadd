#include "workflows/geometry/hdf5_packing.hpp"

#include <algorithm>
#include <vector>

namespace livedata {

hdf5_handle packed_if_long(hid_t space, std::size_t count) {
  constexpr std::size_t worth_packing = 1024;
  constexpr unsigned level = 1;
  constexpr hsize_t chunk_elements = hsize_t{1} << 18;
  hdf5_handle how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (count < worth_packing) return how;
  std::vector<hsize_t> chunk(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, chunk.data(), nullptr);
  for (hsize_t inner = 1, i = chunk.size(); i-- > 0; inner *= chunk[i])
    chunk[i] = std::clamp<hsize_t>(chunk_elements / inner, 1, chunk[i]);
  H5Pset_chunk(how.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(how.get());
  H5Pset_deflate(how.get(), level);
  return how;
}

} // namespace livedata
