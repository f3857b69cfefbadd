#include "workflows/kernels/view_histogram.hpp"

#include <algorithm>
#include <limits>

namespace livedata {

view_histogram::view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                               std::uint64_t narrow_limit)
  : bins_(std::move(bins)), image_range_(image_range), counts_(std::vector<std::uint32_t>(screen_bins * bins_.size())),
    narrow_limit_(narrow_limit), window_image_(screen_bins), past_image_(screen_bins) {}

template <class Count>
void view_histogram::count(std::vector<Count>& counts, const event_chunk& events, std::span<const std::int32_t> map,
                           std::int32_t first_pixel, event_tally& tally) {
  const auto time = events.time_of_arrival;
  const auto pixel = events.pixel_id;
  const auto bins = bins_.size();
  const auto range_first = static_cast<std::uint32_t>(image_range_.first);
  const auto range_count = static_cast<std::uint32_t>(image_range_.count);
  auto* cell = counts.data();
  auto* image = window_image_.data();
  std::uint64_t unknown = 0;
  std::uint64_t outside = 0;
  std::uint64_t in_range = 0;
  for (std::size_t i = 0; i < time.size(); ++i) {
    auto index = static_cast<std::uint32_t>(pixel[i]) - static_cast<std::uint32_t>(first_pixel);
    auto at = index < map.size() ? map[index] : -1;
    if (at < 0) {
      ++unknown;
      continue;
    }
    auto k = bins_.find(time[i]);
    if (k < 0) {
      ++outside;
      continue;
    }
    auto s = static_cast<std::size_t>(at);
    ++cell[s * bins + static_cast<std::size_t>(k)];
    auto shown = static_cast<std::uint32_t>(k) - range_first < range_count ? 1U : 0U;
    image[s] += shown;
    in_range += shown;
  }
  auto accepted = time.size() - unknown - outside;
  tally.received += time.size();
  tally.accepted += accepted;
  tally.unknown_pixel += unknown;
  tally.out_of_range += outside;
  window_totals_.all += accepted;
  window_totals_.in_range += in_range;
}

void view_histogram::add(const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel,
                         event_tally& tally) {
  counted_ += events.size();
  if (auto* narrow = std::get_if<std::vector<std::uint32_t>>(&counts_)) {
    if (counted_ <= narrow_limit_) {
      count(*narrow, events, map, first_pixel, tally);
      return;
    }
    std::vector<std::uint64_t> wide(narrow->begin(), narrow->end());
    counts_ = std::move(wide);
  }
  count(std::get<1>(counts_), events, map, first_pixel, tally);
}

void view_histogram::close_window() {
  for (std::size_t i = 0; i < past_image_.size(); ++i)
    past_image_[i] += window_image_[i];
  std::fill(window_image_.begin(), window_image_.end(), 0);
  past_totals_.all += window_totals_.all;
  past_totals_.in_range += window_totals_.in_range;
  window_totals_ = {};
}

void view_histogram::clear() {
  std::visit([](auto& counts) { std::fill(counts.begin(), counts.end(), 0); }, counts_);
  counted_ = 0;
  std::fill(window_image_.begin(), window_image_.end(), 0);
  std::fill(past_image_.begin(), past_image_.end(), 0);
  window_totals_ = {};
  past_totals_ = {};
}

view_histogram::totals view_histogram::cumulative_totals() const noexcept {
  return {past_totals_.all + window_totals_.all, past_totals_.in_range + window_totals_.in_range};
}

std::vector<double> view_histogram::window_image() const {
  return {window_image_.begin(), window_image_.end()};
}

std::vector<double> view_histogram::cumulative_image() const {
  std::vector<double> image(past_image_.size());
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<double>(past_image_[i] + window_image_[i]);
  return image;
}

std::vector<std::uint64_t> view_histogram::spectrum(std::size_t screen_bin) const {
  return std::visit(
    [&](const auto& counts) {
      auto first = counts.begin() + static_cast<std::ptrdiff_t>(screen_bin * bins_.size());
      return std::vector<std::uint64_t>(first, first + static_cast<std::ptrdiff_t>(bins_.size()));
    },
    counts_);
}

} // namespace livedata
