// Makes a PNG picture of a data array, with axes, units, colour bar and title.
#pragma once

#include "messages/data_array.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace livedata {

// Written above the picture, and into the file as PNG text, beside Title (the array's name), Unit and Maximum. Empty
// ones are left out.
struct image_labels {
  std::string source;
  std::string workflow;
};

// The array as draw_array() draws it; a single number as text. Failures: those of draw_array() for arrays, "encoding".
result<std::vector<std::byte>> to_png(const data_array& array, const image_labels& labels);

} // namespace livedata
