#include "workflows/geometry/hdf5_filters.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <hdf5.h>
#include <lzf.h>

namespace livedata {

namespace {

constexpr H5Z_filter_t lzf_number = 32000;
constexpr std::size_t largest_chunk = std::size_t{1} << 31;

// Unpacks a chunk, in the form that the library calls a filter: the new size, or 0 if that fails. The third parameter
// of the filter is the size of a whole chunk; a writer may have left it out.
std::size_t unpack_lzf(unsigned flags, std::size_t parameters, const unsigned* parameter, std::size_t bytes,
                       std::size_t* capacity, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  auto size = parameters > 2 && parameter[2] != 0 ? std::size_t{parameter[2]} : *capacity;
  for (; size <= largest_chunk; size *= 2) {
    auto* content = std::malloc(size);
    if (content == nullptr) return 0;
    const auto unpacked = lzf_decompress(*buffer, static_cast<unsigned>(bytes), content, static_cast<unsigned>(size));
    if (unpacked != 0) {
      std::free(*buffer);
      *buffer = content;
      *capacity = size;
      return unpacked;
    }
    const auto too_small = errno == E2BIG;
    std::free(content);
    if (!too_small) return 0;
  }
  return 0;
}

} // namespace

void register_hdf5_filters() {
  const H5Z_class2_t lzf{H5Z_CLASS_T_VERS, lzf_number, 0, 1, "lzf", nullptr, nullptr, unpack_lzf};
  if (H5Zfilter_avail(lzf_number) <= 0) H5Zregister(&lzf);
}

} // namespace livedata
