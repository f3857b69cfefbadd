#include "workflows/kernels/wavelength_counting.hpp"

#include <array>

namespace livedata {

template <class Upper>
counting_outcome count_wavelengths(const count_digits<Upper>& to, const event_chunk& chunk,
                                   const event_mapping& mapping, const value_bins& bins, bool fetch_ahead) noexcept {
  static_assert(counting_block == wavelength_block::most);
  const auto uncounted = to.uncounted();
  std::uint64_t unknown = 0;
  std::uint64_t outside = 0;
  block_counter<Upper> counter(to);
  mapping.pixels.visit([&]<class View>(const View table) {
    bins.visit([&](const auto search) {
      std::array<std::size_t, counting_block> places;
      mapping.wavelengths->each_block(chunk, mapping.frames, [&](const wavelength_block& b) {
        std::size_t known = 0;
        for (std::size_t e = 0; e < b.events; ++e) {
          const auto s = table(chunk.pixel_id[b.first + e]);
          if (s == View::nowhere) [[unlikely]]
            continue;
          const auto wavelength = b.wavelength[e];
          // Added and not jumped: which events are outside the table cannot be predicted.
          outside += static_cast<std::uint64_t>(wavelength != wavelength);
          const auto k = search(wavelength);
          const auto place = k < to.time_bins ? static_cast<std::size_t>(s) * to.time_bins + k : to.nowhere;
          if (fetch_ahead) __builtin_prefetch(to.lower + place, 1);
          places[known++] = place;
        }
        unknown += b.events - known;
        counter.count(places, known);
      });
    });
  });
  const auto carried = counter.carry();
  return {unknown, to.uncounted_since(uncounted) - outside, carried, outside};
}

std::uint64_t show_events(const events_image& to, const event_chunk& chunk, const event_mapping& mapping,
                          const spectral_bins& bins) noexcept {
  if (const auto* times = bins.over_time())
    return best_vector_unit() == vector_unit::avx2 ? show_events_avx2(to, chunk, mapping.pixels, *times)
                                                   : show_events(to, chunk, mapping.pixels, *times);
  const auto first = static_cast<std::size_t>(to.range.first);
  const auto count = static_cast<std::size_t>(to.range.count);
  std::uint64_t shown = 0;
  each_counted(chunk, mapping, bins, [&](std::size_t s, std::size_t k) {
    if (k - first >= count) return;
    ++to.screen_bins[s];
    ++shown;
  });
  return shown;
}

template counting_outcome count_wavelengths(const count_digits<std::uint32_t>&, const event_chunk&,
                                            const event_mapping&, const value_bins&, bool) noexcept;
template counting_outcome count_wavelengths(const count_digits<std::uint64_t>&, const event_chunk&,
                                            const event_mapping&, const value_bins&, bool) noexcept;

} // namespace livedata
