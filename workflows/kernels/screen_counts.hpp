// Events by screen bin and arrival time, for one thread at a time to count in. A count has two digits. The lower ones,
// a byte each, lie side by side: all that the inner loop reaches into at random is a quarter of what whole counts would
// take, and stays in the cache where those would not. The upper ones are touched once in 256 events of a bin, and take
// no memory before.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/event_counting.hpp"
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

  // The same counts once more.
  screen_counts copy() const;

  // Prepares for so many events, all of a batch rather than chunk by chunk: allocates whatever is needed for them, and
  // brings map and counts into the cache if most of that will be needed. Throws std::bad_alloc.
  void make_ready(std::uint64_t events, const pixel_table& pixels);

  // Counts the events of a chunk, for which it has been made ready. Reads them in place. What is counted does not
  // depend on the vector unit, which the machine must have.
  void add(const event_chunk& chunk, const pixel_table& pixels, const time_bins& bins, event_tally& tally,
           vector_unit unit = best_vector_unit()) noexcept;

  // Takes back one event of a bin that has some.
  void remove_one(std::size_t screen_bin, std::size_t time_bin) noexcept;

  // Adds to each count what `plus` has there, and subtracts what `minus` has, if there is one. No count may come to be
  // less than zero.
  void merge(const screen_counts& plus, const screen_counts* minus);

  // Adds to `to[s]` the events of screen bin s in a range of bins of arrival time; or subtracts them, with wrap-around.
  void add_image(bin_range range, std::span<std::uint64_t> to, bool subtract = false) const;

  // Adds the spectrum of each screen bin s to the row `group_of[s]` of `to` (group by arrival time, row-major); or
  // subtracts it. Group 0 is left out.
  void add_rows(std::span<const std::uint32_t> group_of, std::span<std::uint64_t> to, bool subtract = false) const;

  // Adds the spectrum of one screen bin; or subtracts it.
  void add_row(std::size_t screen_bin, std::span<std::uint64_t> to, bool subtract = false) const;

  // Bytes of all digits.
  std::uint64_t bytes() const noexcept;

  // Whether upper digits take 64 bits by now.
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
  // Screen bin by arrival time, row-major, and one more: for events that are in none, which count in a circle.
  zeroed_array<std::uint8_t> lower_;
  upper_digits upper_;
  // Sum of the upper digits of each screen bin, and of the last place.
  std::vector<std::uint64_t> carries_;
  // Whether each event is to fetch what it needs.
  bool fetch_by_event_ = false;
  // Whether any upper digit is other than zero.
  bool carried_ = false;
};

} // namespace livedata
