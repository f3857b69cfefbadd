#include "workflows/kernels/event_histogram.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace livedata {

event_histogram::event_histogram(std::size_t screen_bins, spectral_bins bins, std::uint64_t narrow_limit)
  : screen_bins_(screen_bins), bins_(std::move(bins)), narrow_limit_(narrow_limit) {
  clear();
}

void event_histogram::open_parts(std::size_t number) {
  while (parts_.size() < number)
    parts_.emplace_back(screen_bins_, bins_.size(), narrow_limit_);
  counted_ = true;
}

void event_histogram::add(std::size_t part, std::span<const event_chunk> chunks, const event_mapping& mapping,
                          event_tally& tally) {
  auto& counts = parts_[part];
  counts.make_ready(events_in(chunks), mapping.pixels);
  for (const auto& c : chunks)
    counts.add(c, mapping, bins_, tally);
}

void event_histogram::clear() {
  if (!counted_ && !parts_.empty()) return;
  parts_.clear();
  open_parts(1);
  counted_ = false;
}

void event_histogram::add_image(bin_range range, std::span<std::uint64_t> to) const {
  if (counted_)
    for (const auto& p : parts_)
      p.add_image(range, to);
}

void event_histogram::add_rows(std::span<const std::uint32_t> group_of, std::span<std::uint64_t> to) const {
  if (counted_)
    for (const auto& p : parts_)
      p.add_rows(group_of, to);
}

std::vector<std::uint64_t> event_histogram::spectrum(std::size_t screen_bin) const {
  std::vector<std::uint64_t> sum(bins_.size());
  for (const auto& p : parts_)
    p.add_row(screen_bin, sum);
  return sum;
}

event_histogram event_histogram::without(const event_histogram& other) const {
  event_histogram rest(screen_bins_, bins_, narrow_limit_);
  rest.counted_ = true;
  for (std::size_t s = 0; s < screen_bins_; ++s) {
    auto row = spectrum(s);
    std::ranges::transform(row, other.spectrum(s), row.begin(), std::minus<>());
    rest.parts_.front().put_row(s, row);
  }
  return rest;
}

std::uint64_t event_histogram::bytes() const noexcept {
  std::uint64_t n = 0;
  for (const auto& p : parts_)
    n += p.bytes();
  return n;
}

void event_histogram::state(archive& a) {
  if (a.loading()) clear();
  a.field("counted", counted_);
  if (!counted_) return;
  a.table(
    "counts", screen_bins_, bins_.size(),
    [&](std::size_t s, std::span<std::uint64_t> row) { std::ranges::copy(spectrum(s), row.begin()); },
    [&](std::size_t s, std::span<const std::uint64_t> row) { parts_.front().put_row(s, row); });
}

} // namespace livedata
