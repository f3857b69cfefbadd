// The inner loops that count events by screen bin and arrival time. They take events in blocks: they look up the places
// of all events of a block, and only then count any of them, so that the processor has many look-ups under way at once.
// All loops count the same.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/kernels/pixel_table.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/vector_unit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace livedata {

// The digits of the counts of a histogram of screen bin by arrival time, row-major. The lower ones are bytes.
template <class Upper>
struct count_digits {
  static constexpr unsigned lower_bits = 8;

  std::uint8_t* lower;
  Upper* upper;
  // How often each screen bin had a carry.
  std::uint64_t* carries;
  std::size_t time_bins;
  // The place behind the last, for events in no bin, so that no jump depends on them. It counts in a circle.
  std::size_t nowhere;

  // Adds one to the upper digit of a place.
  void carry(std::size_t place) const noexcept {
    ++upper[place];
    ++carries[place / time_bins];
  }

  // Events in no bin so far.
  std::uint64_t uncounted() const noexcept {
    return (static_cast<std::uint64_t>(upper[nowhere]) << lower_bits) + lower[nowhere];
  }

  // And since there were so many.
  std::uint64_t uncounted_since(std::uint64_t before) const noexcept {
    constexpr auto circle = (std::uint64_t{std::numeric_limits<Upper>::max()} << lower_bits) | 0xff;
    return (uncounted() - before) & circle;
  }
};

// Events in a block.
inline constexpr std::size_t counting_block = 64;

// Counts one block after the other. Upper digits are far from the lower ones and from each other. The counter has many
// of them brought into the cache while it counts lower digits of other events, and gives them their carries later.
template <class Upper>
class block_counter {
public:
  explicit block_counter(const count_digits<Upper>& to) noexcept : to_(to) {}

  template <class Place>
  void count(const std::array<Place, counting_block>& places, std::size_t events) noexcept {
    for (std::size_t i = 0; i < events; ++i) {
      const std::size_t place = places[i];
      if (++to_.lower[place] == 0) [[unlikely]] {
        __builtin_prefetch(to_.upper + place, 1);
        due_[number_due_++] = place;
      }
    }
    if (number_due_ >= counting_block) carry();
  }

  // To be called at the end. Tells whether there were any carries.
  bool carry() noexcept {
    for (std::size_t i = 0; i < number_due_; ++i)
      to_.carry(due_[i]);
    carried_ = carried_ || number_due_ > 0;
    number_due_ = 0;
    return carried_;
  }

private:
  count_digits<Upper> to_;
  std::array<std::size_t, 2 * counting_block> due_;
  std::size_t number_due_ = 0;
  bool carried_ = false;
};

struct counting_outcome {
  // Events whose pixel shows nowhere.
  std::uint64_t unknown_pixel = 0;
  // Events of other pixels whose arrival time is in no bin.
  std::uint64_t out_of_range = 0;
  // Whether any count had a carry.
  bool carried = false;
  // Events of other pixels whose wavelength is not known.
  std::uint64_t out_of_table = 0;
};

// For any machine, and any number of places. `fetch_ahead`: has entries of the pixel table and lower digits on their
// way into the cache before they are needed.
template <class Upper>
counting_outcome count_events(const count_digits<Upper>& to, const event_chunk& chunk, const pixel_table& pixels,
                              const time_bins& bins, bool fetch_ahead) noexcept;

// Eight events at once, by AVX2. For machines that have it, and histograms of fewer than 2^32 places.
template <class Upper>
counting_outcome count_events_avx2(const count_digits<Upper>& to, const event_chunk& chunk, const pixel_table& pixels,
                                   const time_bins& bins, bool fetch_ahead) noexcept;

// The image of the events in a range of bins of arrival time.
struct events_image {
  std::uint64_t* screen_bins;
  bin_range range;
  // The place behind the last, for events that the image does not show, so that no jump depends on them.
  std::size_t nowhere;
};

// Adds the events of a chunk to the image. Gives the number of events that it shows. For any machine.
std::uint64_t show_events(const events_image& to, const event_chunk& chunk, const pixel_table& pixels,
                          const time_bins& bins) noexcept;

// Eight events at once, by AVX2. For machines that have it.
std::uint64_t show_events_avx2(const events_image& to, const event_chunk& chunk, const pixel_table& pixels,
                               const time_bins& bins) noexcept;

// Calls f(screen bin, time bin) for each event of a chunk that is in a bin, one by one.
template <class F>
void each_counted(const event_chunk& chunk, const pixel_table& pixels, const time_bins& bins, F&& f) {
  pixels.visit([&]<class View>(const View table) {
    bins.visit([&](const auto search) {
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        const auto s = table(chunk.pixel_id[i]);
        const auto k = search(chunk.time_of_arrival[i]);
        if (s != View::nowhere && k < bins.size()) f(std::size_t{s}, static_cast<std::size_t>(k));
      }
    });
  });
}

} // namespace livedata
