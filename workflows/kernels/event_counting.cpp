#include "workflows/kernels/event_counting.hpp"

#include <algorithm>

namespace livedata {

namespace {

template <class Upper, class View, class Search>
counting_outcome count_all(const count_digits<Upper> to, const event_chunk& chunk, const View table,
                           const Search search, const bool fetch_ahead) noexcept {
  const auto time = chunk.time_of_arrival;
  const auto pixel = chunk.pixel_id;
  const auto n = time.size();
  const auto uncounted = to.uncounted();
  std::size_t unknown = 0;
  block_counter<Upper> counter(to);
  std::array<std::size_t, counting_block> places;
  for (std::size_t first = 0; first < n; first += counting_block) {
    const auto end = std::min(n, first + counting_block);
    if (fetch_ahead)
      for (auto i = end, next_end = std::min(n, end + counting_block); i < next_end; ++i)
        table.fetch(pixel[i]);
    std::size_t known = 0;
    for (auto i = first; i < end; ++i) {
      const auto s = table(pixel[i]);
      if (s == View::nowhere) [[unlikely]]
        continue;
      const auto k = search(time[i]);
      const auto place = k < to.time_bins ? static_cast<std::size_t>(s) * to.time_bins + k : to.nowhere;
      if (fetch_ahead) __builtin_prefetch(to.lower + place, 1);
      places[known++] = place;
    }
    unknown += end - first - known;
    counter.count(places, known);
  }
  const auto carried = counter.carry();
  return {unknown, to.uncounted_since(uncounted), carried};
}

} // namespace

template <class Upper>
counting_outcome count_events(const count_digits<Upper>& to, const event_chunk& chunk, const pixel_table& pixels,
                              const time_bins& bins, bool fetch_ahead) noexcept {
  return pixels.visit([&](const auto& table) {
    return bins.visit([&](const auto& search) { return count_all(to, chunk, table, search, fetch_ahead); });
  });
}

std::uint64_t show_events(const events_image& to, const event_chunk& chunk, const pixel_table& pixels,
                          const time_bins& bins) noexcept {
  const auto first = static_cast<std::uint64_t>(to.range.first);
  const auto count = static_cast<std::uint64_t>(to.range.count);
  const auto hidden = to.screen_bins[to.nowhere];
  pixels.visit([&]<class View>(const View table) {
    bins.visit([&](const auto search) {
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        const auto s = table(chunk.pixel_id[i]);
        const auto shown = s != View::nowhere && search(chunk.time_of_arrival[i]) - first < count;
        ++to.screen_bins[shown ? s : to.nowhere];
      }
    });
  });
  return chunk.size() - (to.screen_bins[to.nowhere] - hidden);
}

template counting_outcome count_events(const count_digits<std::uint32_t>&, const event_chunk&, const pixel_table&,
                                       const time_bins&, bool) noexcept;
template counting_outcome count_events(const count_digits<std::uint64_t>&, const event_chunk&, const pixel_table&,
                                       const time_bins&, bool) noexcept;

} // namespace livedata
