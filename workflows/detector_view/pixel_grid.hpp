// The pixels of a detector, or of a monitor that has pixels, as its views see them: a flat list of detector numbers,
// folded row-major to named sizes.
#pragma once

#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// Dimension names with sizes, outermost first.
using sized_dims = std::vector<std::pair<std::string, std::int64_t>>;

// Product of the sizes, held at the largest number there is if it does not fit.
std::int64_t volume(const sized_dims& dims);

// "(layer 4, tube 56)", for messages.
std::string to_string(const sized_dims& dims);

struct pixel_grid {
  // Of the detector, for messages.
  std::string name;
  sized_dims sizes;
  // Detector number of the first pixel; those of the others follow without gaps, unless there are `numbers`.
  std::int32_t first_pixel = 1;
  // Detector number of each pixel, if they are not consecutive; else empty.
  std::vector<std::int32_t> numbers = {};
  // Whether they are from a file.
  bool from_file = false;

  std::int64_t pixel_count() const { return volume(sizes); }

  std::int32_t number_of(std::size_t pixel) const {
    return numbers.empty() ? first_pixel + static_cast<std::int32_t>(pixel) : numbers[pixel];
  }
};

// The pixels of the detector or monitor of that name. Pixels of a monitor have one dimension, `detector_number`.
// Throws parameter_error if there is none.
pixel_grid pixels_of(const instrument& inst, std::string_view source);

} // namespace livedata
