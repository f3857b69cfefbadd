#include "workflows/reduction/pixels.hpp"

#include "workflows/detector_view/screen.hpp"

#include <utility>

namespace livedata {

pixel_table pixel_places(const pixel_grid& pixels, std::vector<std::int32_t> place) {
  screen s;
  std::vector<pixel_map> maps;
  maps.push_back(std::move(place));
  map_detector_numbers(s, pixels, std::move(maps));
  return {s.replicas.front(), s.first_pixel};
}

} // namespace livedata
