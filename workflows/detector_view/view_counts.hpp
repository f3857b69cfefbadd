// What a detector view shows of its counts: images, totals, and spectra of groups of screen bins. Few events keep them
// up to date one by one, so that a result costs its own size and not that of the histogram. Many events are only
// counted; what the view shows is then worked out from the histogram.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/archive.hpp"
#include "workflows/kernels/event_histogram.hpp"
#include "workflows/kernels/event_mapping.hpp"
#include "workflows/kernels/window_index.hpp"
#include "workflows/workflow.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace livedata {

// Window: since the last close_window(). Cumulative: since the last clear(). Counts are exact.
class view_counts {
public:
  // `image_range`: the spectral bins that images show. `narrow_limit`: as in screen_counts.
  view_counts(std::size_t screen_bins, spectral_bins bins, bin_range image_range,
              std::uint64_t narrow_limit = screen_counts::most_narrow);

  // Adds the events of chunks.
  void add(std::span<const event_chunk> chunks, const event_mapping& mapping, event_tally& tally);

  void add(const event_chunk& chunk, const event_mapping& mapping, event_tally& tally) {
    add(std::span(&chunk, 1), mapping, tally);
  }

  // Whether so many threads count so many events faster than one.
  bool worth_parts(std::size_t parts, std::uint64_t events) const noexcept;

  // Counts by several threads: open_parts() with all events, then add_to_part() with the events of each part, best in
  // one call, then join_parts() with what all parts counted. Threads may call add_to_part() for different parts at the
  // same time; nobody may do anything else meanwhile.
  void open_parts(std::size_t parts, std::span<const event_chunk> chunks, const event_mapping& mapping);

  void add_to_part(std::size_t number, std::span<const event_chunk> chunks, const event_mapping& mapping,
                   event_tally& tally) {
    histogram_.add(number, chunks, mapping, tally);
  }

  void join_parts(const event_tally& counted);

  // Brings images, totals and spectra up to date. To be called after events were added and before anything is asked
  // for.
  void settle();

  // Ends the window: its counts become part of the past.
  void close_window();
  void clear();

  struct totals {
    // Events in the histogram, and those of them in the image range.
    std::uint64_t all = 0;
    std::uint64_t in_range = 0;

    void state(archive& a);
  };

  const totals& window_totals() const noexcept { return window_totals_; }

  totals cumulative_totals() const noexcept {
    return {past_totals_.all + window_totals_.all, past_totals_.in_range + window_totals_.in_range};
  }

  // Calls f(screen bin, events of the window, all events) for each screen bin, with the events in the image range.
  template <class F>
  void each_image_bin(F&& f) const {
    const auto* window = window_image_.data();
    const auto* past = past_image_.data();
    for (std::size_t s = 0; s < screen_size(); ++s)
      f(s, window[s], past[s] + window[s]);
  }

  // A view may show spectra of two groupings.
  enum class purpose : std::uint8_t { regions, spectrum };

  // Screen bin `s` belongs to group `group_of[s]` < `groups`, for what has been counted as well. Group 0 is for bins
  // that nobody asks for; its spectrum must not be used. Costs the bins of the other groups. Throws std::logic_error if
  // there are events in the window and regrouping has not been allowed.
  void group(purpose p, std::vector<std::uint32_t> group_of, std::size_t groups);
  void ungroup(purpose p);

  // Lets groups change while there are events in the window: keeps what is needed for it (window_index).
  void allow_regrouping(std::uint64_t most_bytes = window_index::usual_bytes) { index_.emplace(most_bytes); }

  // Counts of a group by arrival time.
  std::vector<double> window_spectrum(purpose p, std::size_t group) const;
  std::vector<double> cumulative_spectrum(purpose p, std::size_t group) const;

  const event_histogram& histogram() const noexcept { return histogram_; }

  std::size_t screen_size() const noexcept { return histogram_.screen_size(); }

  std::size_t time_size() const noexcept { return histogram_.time_size(); }

  // Loading needs the groups that held when the counts were saved.
  void state(archive& a);

private:
  struct grouping {
    std::vector<std::uint32_t> group_of;
    // Group by arrival time, row-major.
    std::vector<std::uint64_t> window;
    std::vector<std::uint64_t> past;

    void state(archive& a);
  };

  // Whether so many events cost more one by one than the histogram does.
  bool many(std::uint64_t events) const noexcept;
  void show(const event_chunk& chunk, const event_mapping& mapping);
  void took(std::uint64_t events);
  void settle(grouping& g);
  void forget_window();

  grouping& groups(purpose p) { return groupings_[static_cast<std::size_t>(p)]; }

  const grouping& groups(purpose p) const { return groupings_[static_cast<std::size_t>(p)]; }

  bin_range image_range_;
  event_histogram histogram_;
  // If regrouping is allowed.
  std::optional<window_index> index_;
  // One more than there are screen bins: the last counts events that the image does not show, and is not used.
  std::vector<std::uint64_t> window_image_;
  std::vector<std::uint64_t> past_image_;
  totals window_totals_;
  totals past_totals_;
  std::array<grouping, 2> groupings_;
  // What belongs to the window, but for the number of all events, has to be worked out from the histogram.
  bool unsettled_ = false;
};

} // namespace livedata
