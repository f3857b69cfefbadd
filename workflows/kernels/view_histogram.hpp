// The counts of a detector view: events by screen bin and arrival time, and what follows from them: images, and spectra
// of groups of screen bins. Few events keep those up to date one by one, so that giving out a result costs its own size
// and not that of the histogram; many events are only counted, and what follows is worked out from the counts.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/pixel_table.hpp"
#include "workflows/kernels/screen_counts.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/workflow.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace livedata {

// Window: since the last close_window(). Cumulative: since the last clear(). Counts are exact.
class view_histogram {
public:
  // `bins`: bins of arrival time. `image_range`: the bins of arrival time that images show. `narrow_limit`: as in
  // screen_counts.
  view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                 std::uint64_t narrow_limit = screen_counts::most_narrow);

  // Adds the events of chunks. Reads them in place and allocates nothing for an event.
  void add(std::span<const event_chunk> chunks, const pixel_table& pixels, event_tally& tally);

  void add(const event_chunk& chunk, const pixel_table& pixels, event_tally& tally) {
    add(std::span(&chunk, 1), pixels, tally);
  }

  // Whether to count so many events by so many threads is cheaper than by one.
  bool worth_parts(std::size_t parts, std::uint64_t events) const noexcept;

  // Counting by several threads: opens the window for these events, all of which are then to be given to parts 0 to
  // parts - 1 by add_to_part(), best all of a part in one call. Different parts may be at work at the same time;
  // nothing else may. What each event adds does not depend on its part.
  void open_parts(std::size_t parts, std::span<const event_chunk> chunks, const pixel_table& pixels);
  void add_to_part(std::size_t number, std::span<const event_chunk> chunks, const pixel_table& pixels,
                   event_tally& tally);
  // After all parts are done: takes in what each of them counted.
  void join_parts(const event_tally& counted);

  // Brings images, totals and spectra of groups up to date. To be called after adding and before asking for them.
  void settle();

  // Ends the window: its counts become part of the past.
  void close_window();
  void clear();

  struct totals {
    // Events in the histogram, and those of them in the image range.
    std::uint64_t all = 0;
    std::uint64_t in_range = 0;
  };

  // Window: since the last close_window(). Cumulative: since the last clear(). Counts are exact.
  const totals& window_totals() const noexcept { return window_totals_; }

  totals cumulative_totals() const noexcept;

  // Images: calls f(screen bin, events of the window, all events) for each screen bin; events in the image range.
  template <class F>
  void each_image_bin(F&& f) const {
    const auto* window = window_image_.data();
    const auto* past = past_image_.data();
    for (std::size_t s = 0; s < screen_bins_; ++s)
      f(s, window[s], past[s] + window[s]);
  }

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

  std::size_t screen_size() const noexcept { return screen_bins_; }

  std::size_t time_size() const noexcept { return bins_.size(); }

  // Bytes of the counts, without images and spectra.
  std::uint64_t bytes() const noexcept;

  // Whether counts take the wide form of screen_counts by now.
  bool wide() const noexcept { return parts_.front().wide(); }

private:
  struct grouping {
    std::vector<std::uint32_t> group_of;
    // Group by arrival time, row-major.
    std::vector<std::uint64_t> window;
    std::vector<std::uint64_t> past;
  };

  struct kept_chunk {
    event_chunk events;
    pixel_table pixels;
  };

  screen_counts make_part() const;
  // Adds events that have been counted to images and spectra.
  void show(const event_chunk& chunk, const pixel_table& pixels);
  void keep(std::span<const event_chunk> chunks, const pixel_table& pixels);
  void limit_kept();
  screen_counts counts() const;
  void forget_window();
  // Whether it is cheaper to work out images and spectra from the counts than to keep them up to date by so many
  // events.
  bool many(std::uint64_t events) const noexcept;
  // Calls f(screen bin, time bin) for every kept event that was counted.
  template <class F>
  void replay(F&& f) const;
  template <class F>
  void for_each_counted(std::span<const event_chunk> chunks, const pixel_table& pixels, F&& f) const;
  void add_rows(const std::vector<std::uint32_t>& group_of, std::vector<std::uint64_t>& to) const;
  void settle(grouping& g);

  grouping& groups(purpose p) { return groupings_[static_cast<std::size_t>(p)]; }

  const grouping& groups(purpose p) const { return groupings_[static_cast<std::size_t>(p)]; }

  time_bins bins_;
  bin_range image_range_;
  std::size_t screen_bins_;
  std::uint64_t narrow_limit_;
  // What each thread counts; at least one. The histogram is the sum of all.
  std::vector<screen_counts> parts_;
  // Whether they have any events.
  bool counted_ = false;
  // And one more, for events that the image does not show; that is nobody's business.
  std::vector<std::uint64_t> window_image_;
  std::vector<std::uint64_t> past_image_;
  totals window_totals_;
  totals past_totals_;
  std::array<grouping, 2> groupings_;
  // Image, totals in range and spectra of the window have to be worked out from the counts.
  bool unsettled_ = false;
  bool keeps_window_ = false;
  std::vector<kept_chunk> kept_;
  // What was counted before the window, where that has grown too long to keep its events.
  std::optional<screen_counts> before_window_;
};

} // namespace livedata
