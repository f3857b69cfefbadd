#include "workflows/reduction/pixels.hpp"

#include "workflows/detector_view/screen.hpp"

#include <utility>

namespace livedata {

pixel_table pixel_places(const pixel_grid& pixels, std::vector<std::int32_t> place) {
  const auto first = first_number(pixels);
  return {by_number(pixels, std::move(place)), first};
}

} // namespace livedata
