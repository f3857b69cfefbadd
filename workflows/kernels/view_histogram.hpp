// The counts of a detector view: events by screen bin and arrival time, and what follows from them (images, spectra of
// groups of screen bins), kept up to date event by event, so that giving out a result costs its own size and not that
// of the histogram.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/kernels/zeroed_array.hpp"
#include "workflows/workflow.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace livedata {

// Window: since the last close_window(). Cumulative: since the last clear(). Counts are exact.
class view_histogram {
public:
  // `bins`: bins of arrival time. `image_range`: the bins of arrival time that images show. `narrow_limit`: what a
  // 32-bit count can hold.
  view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                 std::uint64_t narrow_limit = std::numeric_limits<std::uint32_t>::max());

  // Adds the events of a chunk. Pixel `first_pixel + i` shows in screen bin `map[i]` (-1: nowhere). Reads the chunk in
  // place and allocates nothing for an event. With regrouping, the map has to live until the window is closed.
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

  // Spectra of groups of screen bins may be kept for two purposes.
  enum class purpose : std::uint8_t { regions, spectrum };

  // Screen bin `s` belongs to group `group_of[s]` < `groups` from now on, and did so before: what has been counted is
  // regrouped. Costs the bins that belong to a group other than 0; group 0 is for bins that nobody asks for, and its
  // spectrum is not to be used. Once there are events in the window, needs regrouping to be allowed.
  void group(purpose p, std::vector<std::uint32_t> group_of, std::size_t groups);
  // No groups any more.
  void ungroup(purpose p);

  // Lets the groups change while there are events in the window: the events are kept until it is closed. A window that
  // goes on for many additions of events is kept as a histogram of what was before.
  void allow_regrouping() { keeps_window_ = true; }

  // Counts of a group by arrival time.
  std::vector<double> window_spectrum(purpose p, std::size_t group) const;
  std::vector<double> cumulative_spectrum(purpose p, std::size_t group) const;

  // Cumulative counts of one screen bin by arrival time.
  std::vector<std::uint64_t> spectrum(std::size_t screen_bin) const;

  std::size_t time_size() const noexcept { return bins_.size(); }

  // Whether counts take 64 bits by now.
  bool wide() const noexcept { return counts_.index() == 1; }

private:
  // Screen bin by arrival time, row-major. 32 bits hold a count until it has come near 2^32; then 64 bits take over.
  using cells = std::variant<zeroed_array<std::uint32_t>, zeroed_array<std::uint64_t>>;

  struct grouping {
    std::vector<std::uint32_t> group_of;
    // Group by arrival time, row-major.
    std::vector<std::uint64_t> window;
    std::vector<std::uint64_t> past;
  };

  struct kept_chunk {
    event_chunk events;
    std::span<const std::int32_t> map;
    std::int32_t first_pixel;
  };

  template <class Count, bool Regions, bool Spectrum>
  void count(Count* counts, const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel,
             event_tally& tally);
  template <class Count>
  void count_grouped(Count* counts, const event_chunk& events, std::span<const std::int32_t> map,
                     std::int32_t first_pixel, event_tally& tally);
  void make_room(std::uint64_t events);
  void keep(const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel);
  void forget_window();
  // Calls f(screen bin, time bin) for every kept event that was counted.
  template <class F>
  void replay(F&& f) const;
  void add_rows(const cells& from, const std::vector<std::uint32_t>& group_of, std::vector<std::uint64_t>& to) const;

  grouping& groups(purpose p) { return groupings_[static_cast<std::size_t>(p)]; }

  const grouping& groups(purpose p) const { return groupings_[static_cast<std::size_t>(p)]; }

  time_bins bins_;
  bin_range image_range_;
  std::size_t screen_bins_;
  cells counts_;
  // Events that may come until some 32-bit count could be full.
  std::uint64_t narrow_room_;
  std::uint64_t narrow_limit_;
  std::vector<std::uint64_t> window_image_;
  std::vector<std::uint64_t> past_image_;
  totals window_totals_;
  totals past_totals_;
  std::array<grouping, 2> groupings_;
  bool keeps_window_ = false;
  std::vector<kept_chunk> kept_;
  // What was counted before the window, where that has grown too long to keep its events.
  std::optional<cells> before_window_;
};

} // namespace livedata
