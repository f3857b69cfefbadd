// Some events of a chunk, as maps take them.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/qmap/indirect_spectrometer.hpp"
#include "workflows/qmap/primary_wavelengths.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace livedata {

// Each step is done for all of them before the next one, so that the processor has many events under way at once.
struct event_block {
  static constexpr std::size_t most = 64;

  std::size_t events = 0;
  // By detector number, from that of the first pixel.
  std::array<std::uint32_t, most> pixel;
  // Å; NaN: the event is outside the table.
  std::array<double, most> wavelength;
  // Along the axes of the map.
  std::array<double, most> x;
  std::array<double, most> y;
  // Of those that count.
  std::array<std::size_t, most> cell;
  std::array<double, most> weight;

  // Takes the next events of a chunk, from `first` on, that are of these pixels. Gives the number of the others.
  // `shift`: what arrival times are later in the frame, ns.
  std::size_t fill(const event_chunk& chunk, std::size_t first, double shift, std::span<const analysed_pixel> pixels,
                   const primary_wavelengths& wavelengths) noexcept {
    const auto first_number = static_cast<std::uint32_t>(pixels.front().number);
    const auto end = std::min(chunk.size(), first + most);
    events = 0;
    for (auto e = first; e < end; ++e) {
      const auto number = static_cast<std::uint32_t>(chunk.pixel_id[e]) - first_number;
      pixel[events] = number;
      wavelength[events] = chunk.time_of_arrival[e] + shift;
      events += number < pixels.size() ? 1U : 0U;
    }
    for (std::size_t e = 0; e < events; ++e)
      wavelength[e] -= pixels[pixel[e]].secondary_time;
    wavelengths.convert(std::span(wavelength).first(events));
    return end - first - events;
  }
};

} // namespace livedata
