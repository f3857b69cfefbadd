// The counts of a detector view: events by screen bin and arrival time, and the images that follow from them, kept up
// to date event by event, so that giving out an image costs its own size and not that of the histogram.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <variant>
#include <vector>

namespace livedata {

// Window: since the last close_window(). Cumulative: since the last clear(). Counts are exact.
class view_histogram {
public:
  // `bins`: bins of arrival time. `image_range`: the bins of arrival time that images show. `narrow_limit`: events
  // until which 32-bit counts are safe.
  view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                 std::uint64_t narrow_limit = std::numeric_limits<std::uint32_t>::max());

  // Adds the events of a chunk. Pixel `first_pixel + i` shows in screen bin `map[i]` (-1: nowhere). Reads the chunk in
  // place and allocates nothing.
  void add(const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel, event_tally& tally);

  // Ends the window: its counts become part of the past.
  void close_window();
  void clear();

  struct totals {
    // Events in the histogram, and those of them in the image range.
    std::uint64_t all = 0;
    std::uint64_t in_range = 0;
  };

  const totals& window_totals() const noexcept { return window_totals_; }

  totals cumulative_totals() const noexcept;

  // Images: events of each screen bin in the image range.
  std::vector<double> window_image() const;
  std::vector<double> cumulative_image() const;

  // Cumulative counts of one screen bin by arrival time.
  std::vector<std::uint64_t> spectrum(std::size_t screen_bin) const;

private:
  template <class Count>
  void count(std::vector<Count>& counts, const event_chunk& events, std::span<const std::int32_t> map,
             std::int32_t first_pixel, event_tally& tally);

  time_bins bins_;
  bin_range image_range_;
  // Screen bin by arrival time, row-major. 32 bits hold any count until 2^32 events have come; then 64 bits take over.
  std::variant<std::vector<std::uint32_t>, std::vector<std::uint64_t>> counts_;
  std::uint64_t counted_ = 0;
  std::uint64_t narrow_limit_;
  std::vector<std::uint64_t> window_image_;
  std::vector<std::uint64_t> past_image_;
  totals window_totals_;
  totals past_totals_;
};

} // namespace livedata
