// Events by screen bin, and by arrival time or wavelength: the exact counts since clear(), and images and spectra from
// them.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/archive.hpp"
#include "workflows/kernels/event_mapping.hpp"
#include "workflows/kernels/screen_counts.hpp"
#include "workflows/workflow.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

// The histogram is the sum of its parts. A part belongs to one thread while events are counted; there is one at least.
class event_histogram {
public:
  // `narrow_limit`: as in screen_counts.
  event_histogram(std::size_t screen_bins, spectral_bins bins, std::uint64_t narrow_limit = screen_counts::most_narrow);

  std::size_t screen_size() const noexcept { return screen_bins_; }

  std::size_t time_size() const noexcept { return bins_.size(); }

  const spectral_bins& bins() const noexcept { return bins_; }

  // Counts of all parts.
  std::size_t cells() const noexcept { return screen_bins_ * bins_.size() * parts_.size(); }

  std::size_t parts() const noexcept { return parts_.size(); }

  // To be called before events are counted: from then on there are so many parts at least. Throws std::bad_alloc.
  void open_parts(std::size_t number);

  // Counts the events of chunks in a part that is open. Reads them in place and allocates nothing for an event. Threads
  // may count in different parts at the same time; nobody may do anything else meanwhile. Throws std::bad_alloc.
  void add(std::size_t part, std::span<const event_chunk> chunks, const event_mapping& mapping, event_tally& tally);

  // Forgets all events. One part stays.
  void clear();

  // Sums over all parts, as in screen_counts.
  void add_image(bin_range range, std::span<std::uint64_t> to) const;
  void add_rows(std::span<const std::uint32_t> group_of, std::span<std::uint64_t> to) const;

  // Counts of one screen bin by arrival time.
  std::vector<std::uint64_t> spectrum(std::size_t screen_bin) const;

  // The counts without those of another histogram of the same bins, which has a part of the same events.
  event_histogram without(const event_histogram& other) const;

  // Bytes of all parts.
  std::uint64_t bytes() const noexcept;

  // Whether the first part takes the wide form of screen_counts.
  bool wide() const noexcept { return parts_.front().wide(); }

  // Loads into one part.
  void state(archive& a);

private:
  std::size_t screen_bins_;
  spectral_bins bins_;
  std::uint64_t narrow_limit_;
  std::vector<screen_counts> parts_;
  // Whether anything may have been counted.
  bool counted_ = false;
};

} // namespace livedata
