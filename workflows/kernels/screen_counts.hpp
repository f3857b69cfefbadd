// The events that one thread counts, by screen bin, and by arrival time or wavelength. A count has two digits. The
// lower digits, one byte each, lie side by side. The inner loop reaches into them alone at random; they are a quarter
// of what whole counts would take, so that more of them stay in the cache. An upper digit is touched once in 256 events
// of its bin, and takes no memory before.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/event_counting.hpp"
#include "workflows/kernels/event_mapping.hpp"
#include "workflows/kernels/pixel_table.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/kernels/zeroed_array.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace livedata {

class screen_counts {
public:
  // What a count can hold whose upper digit has 32 bits.
  static constexpr std::uint64_t most_narrow = (std::uint64_t{1} << 40) - 1;

  // `narrow_limit`: a count that may pass it gets an upper digit of 64 bits.
  screen_counts(std::size_t screen_bins, std::size_t time_bins, std::uint64_t narrow_limit = most_narrow);

  // Prepares for the events of a whole batch: allocates what they need, and brings pixel table and counts into the
  // cache if most of both will be needed. Throws std::bad_alloc.
  void make_ready(std::uint64_t events, const pixel_table& pixels);

  // Counts the events of a chunk, after make_ready(). Reads them in place. The machine must have the vector unit; the
  // counts do not depend on it.
  void add(const event_chunk& chunk, const event_mapping& mapping, const spectral_bins& bins, event_tally& tally,
           vector_unit unit = best_vector_unit()) noexcept;

  // Replaces the spectrum of one screen bin. Throws std::bad_alloc.
  void put_row(std::size_t screen_bin, std::span<const std::uint64_t> spectrum);

  // Adds to `to[s]` the events of screen bin s in a range of bins of arrival time.
  void add_image(bin_range range, std::span<std::uint64_t> to) const;

  // Adds the spectrum of each screen bin s to the row `group_of[s]` of `to` (group by arrival time, row-major). Group 0
  // is left out.
  void add_rows(std::span<const std::uint32_t> group_of, std::span<std::uint64_t> to) const;

  // Adds the spectrum of one screen bin.
  void add_row(std::size_t screen_bin, std::span<std::uint64_t> to) const;

  // Bytes of all digits.
  std::uint64_t bytes() const noexcept;

  // Whether upper digits take 64 bits.
  bool wide() const noexcept { return upper_.index() == 1; }

private:
  using upper_digits = std::variant<zeroed_array<std::uint32_t>, zeroed_array<std::uint64_t>>;

  std::size_t cells() const noexcept { return screen_bins_ * time_bins_; }

  std::uint64_t at(std::size_t cell) const noexcept;
  void make_room(std::uint64_t events);
  void widen();

  std::size_t screen_bins_;
  std::size_t time_bins_;
  std::uint64_t narrow_limit_;
  // Events that may come until some count could pass the limit.
  std::uint64_t narrow_room_;
  // Screen bin by arrival time, row-major, and one more, for events in no bin: it counts in a circle.
  zeroed_array<std::uint8_t> lower_;
  upper_digits upper_;
  // Sum of the upper digits of each screen bin, and of the last place.
  std::vector<std::uint64_t> carries_;
  // Whether each event fetches what it needs.
  bool fetch_by_event_ = false;
  // Whether any upper digit may differ from zero.
  bool carried_ = false;
};

} // namespace livedata
