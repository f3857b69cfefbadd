// The inner loops that count events by screen bin and wavelength, as those of event_counting.hpp do by arrival time.
#pragma once

#include "workflows/kernels/event_counting.hpp"
#include "workflows/kernels/event_mapping.hpp"

#include <cstddef>
#include <cstdint>

namespace livedata {

// The mapping has wavelengths.
template <class Upper>
counting_outcome count_wavelengths(const count_digits<Upper>& to, const event_chunk& chunk,
                                   const event_mapping& mapping, const value_bins& bins, bool fetch_ahead) noexcept;

// Calls f(screen bin, spectral bin) for each event of a chunk that is in a bin, one by one.
template <class F>
void each_counted(const event_chunk& chunk, const event_mapping& mapping, const spectral_bins& bins, F&& f) {
  if (const auto* times = bins.over_time()) return each_counted(chunk, mapping.pixels, *times, f);
  mapping.pixels.visit([&]<class View>(const View table) {
    bins.over_wavelength()->visit([&](const auto search) {
      const auto size = bins.size();
      mapping.wavelengths->each_block(chunk, mapping.frames, [&](const wavelength_block& b) {
        for (std::size_t e = 0; e < b.events; ++e) {
          const auto s = table(chunk.pixel_id[b.first + e]);
          const auto k = search(b.wavelength[e]);
          if (s != View::nowhere && k < size) f(std::size_t{s}, static_cast<std::size_t>(k));
        }
      });
    });
  });
}

// Adds the events of a chunk to an image. Gives the number of events that it shows.
std::uint64_t show_events(const events_image& to, const event_chunk& chunk, const event_mapping& mapping,
                          const spectral_bins& bins) noexcept;

} // namespace livedata
