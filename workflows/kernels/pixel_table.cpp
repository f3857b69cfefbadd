#include "workflows/kernels/pixel_table.hpp"

#include <algorithm>
#include <limits>

namespace livedata {

namespace {

template <class Entry>
std::vector<Entry> converted(std::span<const std::int32_t> bins) {
  std::vector<Entry> out;
  out.reserve(bins.size() + 1);
  for (auto b : bins)
    out.push_back(b < 0 ? pixel_table::view<Entry>::nowhere : static_cast<Entry>(b));
  out.push_back(pixel_table::view<Entry>::nowhere);
  return out;
}

} // namespace

pixel_table::pixel_table(std::span<const std::int32_t> bins, std::int32_t first_pixel)
  : size_(bins.size()), first_pixel_(first_pixel) {
  auto largest = bins.empty() ? -1 : *std::max_element(bins.begin(), bins.end());
  if (largest < std::numeric_limits<std::uint8_t>::max())
    entries_ = std::make_shared<const entries>(converted<std::uint8_t>(bins));
  else if (largest < std::numeric_limits<std::uint16_t>::max())
    entries_ = std::make_shared<const entries>(converted<std::uint16_t>(bins));
  else
    entries_ = std::make_shared<const entries>(converted<std::uint32_t>(bins));
}

std::int32_t pixel_table::find(std::int32_t number) const noexcept {
  return visit([number]<class Entry>(const view<Entry>& table) {
    auto found = table(number);
    return found == view<Entry>::nowhere ? -1 : static_cast<std::int32_t>(found);
  });
}

} // namespace livedata
