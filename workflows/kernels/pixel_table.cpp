#include "workflows/kernels/pixel_table.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace livedata {

namespace {

// Pixels in each bin, if they show in order and all bins but the last have as many.
std::optional<std::uint32_t> length_of_runs(std::span<const std::int32_t> bins) {
  if (bins.empty() || bins.size() >= pixel_table::run_view::most_pixels) return std::nullopt;
  const auto length =
    static_cast<std::size_t>(std::find_if(bins.begin(), bins.end(), [](auto b) { return b != 0; }) - bins.begin());
  if (length == 0) return std::nullopt;
  for (std::size_t i = 0; i < bins.size(); ++i)
    if (bins[i] < 0 || static_cast<std::size_t>(bins[i]) != i / length) return std::nullopt;
  return static_cast<std::uint32_t>(length);
}

template <class Entry>
std::vector<Entry> converted(std::span<const std::int32_t> bins) {
  constexpr auto nowhere = static_cast<Entry>(pixel_table::view<Entry>::nowhere);
  constexpr auto behind = (pixel_table::readable_behind + sizeof(Entry) - 1) / sizeof(Entry);
  std::vector<Entry> out;
  out.reserve(bins.size() + 1 + behind);
  for (auto b : bins)
    out.push_back(b < 0 ? nowhere : static_cast<Entry>(b));
  out.insert(out.end(), 1 + behind, nowhere);
  return out;
}

} // namespace

pixel_table::pixel_table(std::span<const std::int32_t> bins, std::int32_t first_pixel)
  : entries_(make_entries(bins)), size_(bins.size()), first_pixel_(first_pixel) {}

std::shared_ptr<const pixel_table::entries> pixel_table::make_entries(std::span<const std::int32_t> bins) {
  if (auto length = length_of_runs(bins)) return std::make_shared<const entries>(runs{*length});
  auto largest = bins.empty() ? -1 : *std::max_element(bins.begin(), bins.end());
  if (largest < std::numeric_limits<std::uint8_t>::max())
    return std::make_shared<const entries>(converted<std::uint8_t>(bins));
  if (largest < std::numeric_limits<std::uint16_t>::max())
    return std::make_shared<const entries>(converted<std::uint16_t>(bins));
  return std::make_shared<const entries>(converted<std::uint32_t>(bins));
}

std::int32_t pixel_table::find(std::int32_t number) const noexcept {
  return visit([number]<class View>(const View& table) {
    auto found = table(number);
    return found == View::nowhere ? -1 : static_cast<std::int32_t>(found);
  });
}

} // namespace livedata
