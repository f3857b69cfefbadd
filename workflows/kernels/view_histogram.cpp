#include "workflows/kernels/view_histogram.hpp"

#include <algorithm>
#include <stdexcept>

namespace livedata {

namespace {

// So many chunks of events are kept at most; one batch brings a few hundred.
constexpr std::size_t most_kept_chunks = 16384;

} // namespace

view_histogram::view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                               std::uint64_t narrow_limit)
  : bins_(std::move(bins)), image_range_(image_range), screen_bins_(screen_bins),
    counts_(zeroed_array<std::uint32_t>(screen_bins * bins_.size())), narrow_room_(narrow_limit),
    narrow_limit_(narrow_limit), window_image_(screen_bins), past_image_(screen_bins) {}

template <class Count, bool Regions, bool Spectrum>
void view_histogram::count(Count* counts, const event_chunk& events, std::span<const std::int32_t> map,
                           std::int32_t first_pixel, event_tally& tally) {
  const auto time = events.time_of_arrival;
  const auto pixel = events.pixel_id;
  const auto bins = bins_.size();
  const auto range_first = static_cast<std::uint32_t>(image_range_.first);
  const auto range_count = static_cast<std::uint32_t>(image_range_.count);
  auto* image = window_image_.data();
  auto& regions = groups(purpose::regions);
  auto& spectrum = groups(purpose::spectrum);
  const auto* region_of = regions.group_of.data();
  auto* region = regions.window.data();
  const auto* spectrum_of = spectrum.group_of.data();
  auto* in_spectrum = spectrum.window.data();
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
    auto found = bins_.find(time[i]);
    if (found < 0) {
      ++outside;
      continue;
    }
    auto s = static_cast<std::size_t>(at);
    auto k = static_cast<std::size_t>(found);
    ++counts[s * bins + k];
    auto shown = static_cast<std::uint32_t>(found) - range_first < range_count ? 1U : 0U;
    image[s] += shown;
    in_range += shown;
    if constexpr (Regions) ++region[region_of[s] * bins + k];
    if constexpr (Spectrum) ++in_spectrum[spectrum_of[s] * bins + k];
  }
  auto accepted = time.size() - unknown - outside;
  tally.received += time.size();
  tally.accepted += accepted;
  tally.unknown_pixel += unknown;
  tally.out_of_range += outside;
  window_totals_.all += accepted;
  window_totals_.in_range += in_range;
}

template <class Count>
void view_histogram::count_grouped(Count* counts, const event_chunk& events, std::span<const std::int32_t> map,
                                   std::int32_t first_pixel, event_tally& tally) {
  auto regions = !groups(purpose::regions).group_of.empty();
  auto spectrum = !groups(purpose::spectrum).group_of.empty();
  if (regions && spectrum)
    count<Count, true, true>(counts, events, map, first_pixel, tally);
  else if (regions)
    count<Count, true, false>(counts, events, map, first_pixel, tally);
  else if (spectrum)
    count<Count, false, true>(counts, events, map, first_pixel, tally);
  else
    count<Count, false, false>(counts, events, map, first_pixel, tally);
}

void view_histogram::add(const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel,
                         event_tally& tally) {
  make_room(events.size());
  if (keeps_window_ && !before_window_) keep(events, map, first_pixel);
  std::visit([&](auto& counts) { count_grouped(counts.data(), events, map, first_pixel, tally); }, counts_);
}

void view_histogram::make_room(std::uint64_t events) {
  auto* narrow = std::get_if<zeroed_array<std::uint32_t>>(&counts_);
  if (narrow == nullptr) return;
  if (events > narrow_room_) {
    narrow_room_ =
      narrow_limit_ - std::min<std::uint64_t>(narrow_limit_, *std::max_element(narrow->begin(), narrow->end()));
    if (events > narrow_room_) {
      zeroed_array<std::uint64_t> wide(narrow->size());
      std::copy(narrow->begin(), narrow->end(), wide.data());
      counts_ = std::move(wide);
      return;
    }
  }
  narrow_room_ -= events;
}

void view_histogram::keep(const event_chunk& events, std::span<const std::int32_t> map, std::int32_t first_pixel) {
  if (kept_.size() < most_kept_chunks) {
    kept_.push_back({events, map, first_pixel});
    return;
  }
  std::visit(
    [&](const auto& counts) {
      auto before = std::decay_t<decltype(counts)>(counts.size());
      std::copy(counts.begin(), counts.end(), before.data());
      replay([&](std::size_t s, std::size_t k) { --before.data()[s * bins_.size() + k]; });
      before_window_ = std::move(before);
    },
    counts_);
  kept_.clear();
}

template <class F>
void view_histogram::replay(F&& f) const {
  for (const auto& chunk : kept_)
    for (std::size_t i = 0; i < chunk.events.size(); ++i) {
      auto index = static_cast<std::uint32_t>(chunk.events.pixel_id[i]) - static_cast<std::uint32_t>(chunk.first_pixel);
      auto s = index < chunk.map.size() ? chunk.map[index] : -1;
      auto k = bins_.find(chunk.events.time_of_arrival[i]);
      if (s >= 0 && k >= 0) f(static_cast<std::size_t>(s), static_cast<std::size_t>(k));
    }
}

void view_histogram::forget_window() {
  kept_.clear();
  before_window_.reset();
  window_totals_ = {};
}

void view_histogram::close_window() {
  for (std::size_t i = 0; i < past_image_.size(); ++i)
    past_image_[i] += window_image_[i];
  std::fill(window_image_.begin(), window_image_.end(), 0);
  for (auto& g : groupings_) {
    for (std::size_t i = 0; i < g.past.size(); ++i)
      g.past[i] += g.window[i];
    std::fill(g.window.begin(), g.window.end(), 0);
  }
  past_totals_.all += window_totals_.all;
  past_totals_.in_range += window_totals_.in_range;
  forget_window();
}

void view_histogram::clear() {
  std::visit([](auto& counts) { counts = std::decay_t<decltype(counts)>(counts.size()); }, counts_);
  narrow_room_ = narrow_limit_;
  std::fill(window_image_.begin(), window_image_.end(), 0);
  std::fill(past_image_.begin(), past_image_.end(), 0);
  for (auto& g : groupings_) {
    std::fill(g.window.begin(), g.window.end(), 0);
    std::fill(g.past.begin(), g.past.end(), 0);
  }
  past_totals_ = {};
  forget_window();
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

void view_histogram::add_rows(const cells& from, const std::vector<std::uint32_t>& group_of,
                              std::vector<std::uint64_t>& to) const {
  const auto bins = bins_.size();
  std::visit(
    [&](const auto& counts) {
      for (std::size_t s = 0; s < group_of.size(); ++s) {
        if (group_of[s] == 0) continue;
        const auto* row = counts.data() + s * bins;
        auto* sum = to.data() + group_of[s] * bins;
        for (std::size_t k = 0; k < bins; ++k)
          sum[k] += row[k];
      }
    },
    from);
}

void view_histogram::group(purpose p, std::vector<std::uint32_t> group_of, std::size_t groups_count) {
  if (group_of.size() != screen_bins_) throw std::invalid_argument("every screen bin needs a group");
  if (window_totals_.all > 0 && !keeps_window_)
    throw std::logic_error("the groups of a view cannot change between two results");
  const auto bins = bins_.size();
  grouping g{std::move(group_of), std::vector<std::uint64_t>(groups_count * bins),
             std::vector<std::uint64_t>(groups_count * bins)};
  if (cumulative_totals().all > 0) add_rows(counts_, g.group_of, g.past);
  if (before_window_) {
    g.window = std::move(g.past);
    g.past.assign(g.window.size(), 0);
    add_rows(*before_window_, g.group_of, g.past);
    for (std::size_t i = 0; i < g.window.size(); ++i)
      g.window[i] -= g.past[i];
  } else {
    replay([&](std::size_t s, std::size_t k) {
      if (auto row = g.group_of[s]; row != 0) {
        ++g.window[row * bins + k];
        --g.past[row * bins + k];
      }
    });
  }
  groups(p) = std::move(g);
}

void view_histogram::ungroup(purpose p) {
  groups(p) = {};
}

std::vector<double> view_histogram::window_spectrum(purpose p, std::size_t group) const {
  auto first = groups(p).window.begin() + static_cast<std::ptrdiff_t>(group * bins_.size());
  return {first, first + static_cast<std::ptrdiff_t>(bins_.size())};
}

std::vector<double> view_histogram::cumulative_spectrum(purpose p, std::size_t group) const {
  auto sum = window_spectrum(p, group);
  const auto* past = groups(p).past.data() + group * bins_.size();
  for (std::size_t k = 0; k < sum.size(); ++k)
    sum[k] += static_cast<double>(past[k]);
  return sum;
}

std::vector<std::uint64_t> view_histogram::spectrum(std::size_t screen_bin) const {
  return std::visit(
    [&](const auto& counts) {
      const auto* first = counts.data() + screen_bin * bins_.size();
      return std::vector<std::uint64_t>(first, first + bins_.size());
    },
    counts_);
}

} // namespace livedata
