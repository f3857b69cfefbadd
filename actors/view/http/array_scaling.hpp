// Arrays at the resolution of a screen: neighbouring elements become one. Counts are added up, so that totals stay;
// everything else is averaged, so that levels stay.
#pragma once

#include "messages/data_array.hpp"

#include <cstdint>
#include <optional>

namespace livedata {

// The most elements along the last dimension (width) and the one before it (height), each at least 1.
struct view_size {
  std::int64_t width = 1;
  std::int64_t height = 1;

  friend auto operator<=>(const view_size&, const view_size&) = default;
};

struct scaled_array {
  data_array array;
  // How many elements became one, along height and width.
  std::int64_t by_y = 1;
  std::int64_t by_x = 1;
};

// Nothing if the array is small enough as it is. Elements whose unit is "counts" are added (whole numbers as int64),
// others averaged, without those that are no number. Where the size is no multiple, the last element stands for fewer.
// Of edges, those that bound the new elements stay; other coordinates of one dimension are averaged. Coordinates of
// several dimensions, of which one is scaled, are left out. Variances go with the data.
std::optional<scaled_array> scaled_to(const data_array& array, const view_size& most);

} // namespace livedata
