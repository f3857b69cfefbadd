#include "workflows/kernels/screen_counts.hpp"

#include "workflows/kernels/wavelength_counting.hpp"

#include <algorithm>
#include <limits>

namespace livedata {

namespace {

constexpr auto lower_bits = count_digits<std::uint32_t>::lower_bits;
// With an event for so many bytes of pixel map and lower digits, most of that memory will be needed, and to read it
// from one end to the other before takes a fraction of the time that events would wait for it one by one. With fewer,
// each event is best to fetch what it needs.
constexpr std::size_t bytes_read_per_event = 128;
constexpr std::size_t cache_line = 64;

// Brings it into the cache. Reads it, because there the processor sees by itself what comes next: for prefetching it
// has to be told of every line, which takes longer.
void read_through(const void* memory, std::size_t bytes) noexcept {
  const auto* const first = static_cast<const volatile std::byte*>(memory);
  for (std::size_t i = 0; i < bytes; i += cache_line)
    (void)first[i];
}

template <class Digit>
std::uint64_t sum_of(const Digit* first, std::size_t count) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k)
    sum += first[k];
  return sum;
}

// Bytes are added up in 32 bits, of which a register holds twice as many; so many bytes fit.
std::uint64_t sum_of(const std::uint8_t* first, std::size_t count) noexcept {
  constexpr std::size_t most = std::size_t{1} << 24;
  std::uint64_t sum = 0;
  while (count > 0) {
    const auto n = std::min(count, most);
    std::uint32_t part = 0;
    for (std::size_t k = 0; k < n; ++k)
      part += first[k];
    sum += part;
    first += n;
    count -= n;
  }
  return sum;
}

} // namespace

screen_counts::screen_counts(std::size_t screen_bins, std::size_t time_bins, std::uint64_t narrow_limit)
  : screen_bins_(screen_bins), time_bins_(time_bins), narrow_limit_(narrow_limit), narrow_room_(narrow_limit),
    lower_(cells() + 1), upper_(zeroed_array<std::uint32_t>(cells() + 1, page_kind::ordinary)),
    carries_(screen_bins + 1) {}

std::uint64_t screen_counts::at(std::size_t cell) const noexcept {
  auto upper = std::visit([cell](const auto& u) { return static_cast<std::uint64_t>(u.data()[cell]); }, upper_);
  return (upper << lower_bits) + lower_.data()[cell];
}

void screen_counts::make_room(std::uint64_t events) {
  if (wide()) return;
  if (events > narrow_room_) {
    std::uint64_t largest = 0;
    for (std::size_t i = 0; i < cells(); ++i)
      largest = std::max(largest, at(i));
    narrow_room_ = narrow_limit_ - std::min(narrow_limit_, largest);
    if (events > narrow_room_) return widen();
  }
  narrow_room_ -= events;
}

void screen_counts::widen() {
  const auto& narrow = std::get<0>(upper_);
  zeroed_array<std::uint64_t> wide(narrow.size(), page_kind::ordinary);
  if (carried_) std::copy(narrow.begin(), narrow.end(), wide.data());
  upper_ = std::move(wide);
}

void screen_counts::make_ready(std::uint64_t events, const pixel_table& pixels) {
  make_room(events);
  fetch_by_event_ = events * bytes_read_per_event < lower_.size() + pixels.bytes();
  if (fetch_by_event_) return;
  pixels.visit_memory([](const void* memory, std::size_t bytes) { read_through(memory, bytes); });
  read_through(lower_.data(), lower_.size());
}

void screen_counts::add(const event_chunk& chunk, const event_mapping& mapping, const spectral_bins& bins,
                        event_tally& tally, vector_unit unit) noexcept {
  const auto by_vectors = unit == vector_unit::avx2 && cells() <= std::numeric_limits<std::uint32_t>::max();
  std::visit(
    [&]<class Upper>(zeroed_array<Upper>& upper) {
      const count_digits<Upper> to{lower_.data(), upper.data(), carries_.data(), time_bins_, cells()};
      const auto* times = bins.over_time();
      const auto done = times == nullptr
                          ? count_wavelengths(to, chunk, mapping, *bins.over_wavelength(), fetch_by_event_)
                        : by_vectors ? count_events_avx2(to, chunk, mapping.pixels, *times, fetch_by_event_)
                                     : count_events(to, chunk, mapping.pixels, *times, fetch_by_event_);
      carried_ = carried_ || done.carried;
      tally.received += chunk.size();
      tally.accepted += chunk.size() - done.unknown_pixel - done.out_of_range - done.out_of_table;
      tally.unknown_pixel += done.unknown_pixel;
      tally.out_of_range += done.out_of_range;
      tally.out_of_table += done.out_of_table;
    },
    upper_);
}

void screen_counts::put_row(std::size_t screen_bin, std::span<const std::uint64_t> spectrum) {
  const auto largest = std::ranges::max(spectrum);
  if (!wide() && largest > narrow_limit_) widen();
  narrow_room_ = std::min(narrow_room_, narrow_limit_ - std::min(narrow_limit_, largest));
  carried_ = carried_ || largest >> lower_bits != 0;
  std::visit(
    [&]<class Upper>(zeroed_array<Upper>& upper) {
      for (std::size_t k = 0; k < time_bins_; ++k) {
        const auto cell = screen_bin * time_bins_ + k;
        lower_.data()[cell] = static_cast<std::uint8_t>(spectrum[k]);
        const auto high = static_cast<Upper>(spectrum[k] >> lower_bits);
        // Memory that holds zeros is not written to.
        if (auto& former = upper.data()[cell]; former != high) {
          carries_[screen_bin] += std::uint64_t{high} - former;
          former = high;
        }
      }
    },
    upper_);
}

void screen_counts::add_image(bin_range range, std::span<std::uint64_t> to) const {
  const auto first = static_cast<std::size_t>(range.first);
  const auto count = static_cast<std::size_t>(range.count);
  const auto whole = count == time_bins_;
  std::visit(
    [&](const auto& upper) {
      for (std::size_t s = 0; s < screen_bins_; ++s) {
        auto sum = sum_of(lower_.data() + s * time_bins_ + first, count);
        if (carries_[s] != 0)
          sum += (whole ? carries_[s] : sum_of(upper.data() + s * time_bins_ + first, count)) << lower_bits;
        to[s] += sum;
      }
    },
    upper_);
}

void screen_counts::add_rows(std::span<const std::uint32_t> group_of, std::span<std::uint64_t> to) const {
  for (std::size_t s = 0; s < group_of.size(); ++s)
    if (group_of[s] != 0) add_row(s, to.subspan(group_of[s] * time_bins_, time_bins_));
}

void screen_counts::add_row(std::size_t screen_bin, std::span<std::uint64_t> to) const {
  const auto* lower = lower_.data() + screen_bin * time_bins_;
  for (std::size_t k = 0; k < time_bins_; ++k)
    to[k] += lower[k];
  if (!carried_) return;
  std::visit(
    [&](const auto& upper) {
      const auto* row = upper.data() + screen_bin * time_bins_;
      for (std::size_t k = 0; k < time_bins_; ++k)
        to[k] += static_cast<std::uint64_t>(row[k]) << lower_bits;
    },
    upper_);
}

std::uint64_t screen_counts::bytes() const noexcept {
  auto upper = std::visit([](const auto& u) { return u.size() * sizeof(*u.begin()); }, upper_);
  return lower_.size() + upper + carries_.size() * sizeof(std::uint64_t);
}

} // namespace livedata
