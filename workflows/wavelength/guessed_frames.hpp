// Which pulse of a frame the messages of a batch belong to, where choppers let only every second, third … pulse pass.
// That cannot be told from their times, but from their events.
#pragma once

#include "workflows/wavelength/event_wavelengths.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

// Pulses follow each other at the period, counted from the first message with a known event. Of the numbers that the
// first may have in its frame, it gets the one by which the fewest events are outside the table, of 5000 at most that
// are spread over the batch; of several equal ones, the lowest. `is_known(chunk, event)`: whether an event counts;
// `is_outside(chunk, event, shift)`: whether it has no wavelength when its time is that much later, ns.
template <class Known, class Outside>
pulse_frames guess_frames(const lookup_table& table, std::span<const event_chunk> chunks, const Known& is_known,
                          const Outside& is_outside) {
  const auto stride = table.pulse_stride;
  if (stride == 1) return {};
  constexpr std::uint64_t most_tried = 5000;
  auto first = saturating::highest;
  std::uint64_t known = 0;
  for (const auto& c : chunks) {
    const auto before = known;
    for (std::size_t e = 0; e < c.size(); ++e)
      known += is_known(c, e) ? 1 : 0;
    if (known > before) first = std::min(first, c.pulse_time.ns);
  }
  if (known == 0) return {};
  const auto every = (known + most_tried - 1) / most_tried;
  std::vector<std::uint64_t> outside(static_cast<std::size_t>(stride));
  const auto unguessed = pulse_frames::beginning_with(first, table.pulse_period, stride);
  std::uint64_t number = 0;
  for (const auto& c : chunks) {
    const auto pulse = unguessed.pulse_of(c.pulse_time);
    for (std::size_t e = 0; e < c.size(); ++e) {
      if (!is_known(c, e) || number++ % every != 0) continue;
      for (std::int64_t offset = 0; offset < stride; ++offset) {
        const auto shift = static_cast<double>((pulse + offset) % stride) * table.pulse_period;
        outside[static_cast<std::size_t>(offset)] += is_outside(c, e, shift) ? 1 : 0;
      }
    }
  }
  return pulse_frames::beginning_with(first, table.pulse_period, stride,
                                      std::ranges::min_element(outside) - outside.begin());
}

} // namespace livedata
