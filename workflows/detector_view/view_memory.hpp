// What a detector view needs in memory, said before it takes it.
#pragma once

#include <cstdint>

namespace livedata {

struct view_size {
  std::int64_t screen_bins = 0;
  std::int64_t time_bins = 0;
  std::int64_t pixels = 0;
  std::int64_t replicas = 1;
  // Elements of the spectrum view; 0 without.
  std::int64_t spectra = 0;
  // Pixels with positions in space: those of a view that projects them.
  std::int64_t placed_pixels = 0;
};

// Bytes for counts of 32 bits, images, tables of pixels, positions and one set of results. An upper bound: bins that no
// event ever meets take no memory. (A bin with more than 4·10⁹ events makes its job take twice as much.)
double memory_of(const view_size& size);

// The same as a whole number; throws parameter_error that says how much is needed and allowed if that is more than
// `limit`, or the numbers of bins are more than can be counted.
std::uint64_t check_memory(const view_size& size, std::uint64_t limit);

} // namespace livedata
