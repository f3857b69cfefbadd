#include "workflows/detector_view/screen.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

namespace {

// Tables by detector number may be that much longer than the list of pixels.
constexpr std::int64_t most_spread = 64;

} // namespace

const variable* screen::coord(std::string_view name) const {
  for (const auto& [coord_name, v] : coords)
    if (coord_name == name) return &v;
  return nullptr;
}

std::int32_t first_number(const pixel_grid& pixels) {
  if (pixels.numbers.empty()) return pixels.first_pixel;
  auto [low, high] = std::minmax_element(pixels.numbers.begin(), pixels.numbers.end());
  auto length = std::int64_t{*high} - *low + 1;
  if (length > most_spread * static_cast<std::int64_t>(pixels.numbers.size()) + 65536)
    throw parameter_error(fmt::format("the {} detector numbers of {} spread from {} to {}, too far for a table",
                                      pixels.numbers.size(), pixels.name, *low, *high));
  std::vector<bool> seen(static_cast<std::size_t>(length));
  for (auto n : pixels.numbers) {
    auto place = static_cast<std::size_t>(std::int64_t{n} - *low);
    if (seen[place]) throw parameter_error(fmt::format("detector number {} of {} stands twice", n, pixels.name));
    seen[place] = true;
  }
  return *low;
}

pixel_map by_number(const pixel_grid& pixels, pixel_map by_pixel) {
  if (pixels.numbers.empty()) return by_pixel;
  auto [low, high] = std::minmax_element(pixels.numbers.begin(), pixels.numbers.end());
  pixel_map spread(static_cast<std::size_t>(std::int64_t{*high} - *low + 1), -1);
  for (std::size_t p = 0; p < by_pixel.size(); ++p)
    spread[static_cast<std::size_t>(std::int64_t{pixels.numbers[p]} - *low)] = by_pixel[p];
  return spread;
}

screen logical_screen(const pixel_grid& pixels, const logical_transform& transform) {
  screen s;
  s.dims = transform.dims();
  s.weights.assign(static_cast<std::size_t>(volume(s.dims)), 0.0);
  auto target = transform.target();
  for (auto bin : target)
    if (bin >= 0) s.weights[static_cast<std::size_t>(bin)] += 1;
  if (!transform.reduces()) {
    std::vector<std::int32_t> numbers(s.weights.size());
    for (std::size_t p = 0; p < target.size(); ++p)
      if (target[p] >= 0) numbers[static_cast<std::size_t>(target[p])] = pixels.number_of(p);
    variable v;
    for (const auto& [dim, size] : s.dims) {
      v.dims.push_back(dim);
      v.shape.push_back(size);
    }
    if (pixels.from_file)
      v.data = std::move(numbers);
    else
      v.data = std::vector<std::int64_t>(numbers.begin(), numbers.end());
    s.coords.emplace_back("detector_number", std::move(v));
  }
  s.first_pixel = first_number(pixels);
  s.replicas.push_back(by_number(pixels, std::move(target)));
  return s;
}

} // namespace livedata
