#include "workflows/detector_view/pixel_grid.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <limits>

namespace livedata {

std::int64_t volume(const sized_dims& dims) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::int64_t product = 1;
  for (const auto& [dim, size] : dims) {
    if (size == 0) return 0;
    product = product > most / size ? most : product * size;
  }
  return product;
}

std::string to_string(const sized_dims& dims) {
  std::string text;
  for (const auto& [dim, size] : dims)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", dim, size);
  return "(" + text + ")";
}

pixel_grid pixels_of(const instrument& inst, std::string_view source) {
  if (const auto* d = inst.find_detector(source)) {
    if (!d->unreadable.empty()) throw parameter_error(fmt::format("detector '{}': {}", d->name, d->unreadable));
    return {d->name, d->sizes, d->first_pixel, d->numbers ? *d->numbers : std::vector<std::int32_t>{},
            d->numbers_from_file};
  }
  const auto* m = inst.find_monitor(source);
  if (m == nullptr) throw parameter_error(fmt::format("source '{}' is no detector and no monitor", source));
  if (!m->pixels) throw parameter_error(fmt::format("monitor '{}' has no pixels that a view could show", source));
  auto [first, last] = *m->pixels;
  return {m->name, {{"detector_number", std::int64_t{last} - first + 1}}, first};
}

} // namespace livedata
