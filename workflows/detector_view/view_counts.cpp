#include "workflows/detector_view/view_counts.hpp"

#include "workflows/kernels/wavelength_counting.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace livedata {

namespace {

// Keeping what a view shows up to date by one event costs as much as reading so many counts in a row.
constexpr std::uint64_t counts_read_per_event = 32;
// Counts of another part cost a thread as much as so few events: they have to be read, and take up cache, besides.
constexpr std::uint64_t counts_per_event_in_parts = 8;

using numbers = std::vector<std::uint64_t>;

void add_to(numbers& sum, const numbers& term) {
  std::transform(sum.begin(), sum.end(), term.begin(), sum.begin(), std::plus<>());
}

void subtract_from(numbers& difference, const numbers& term) {
  std::transform(difference.begin(), difference.end(), term.begin(), difference.begin(), std::minus<>());
}

void zero(numbers& n) {
  std::fill(n.begin(), n.end(), 0);
}

} // namespace

view_counts::view_counts(std::size_t screen_bins, spectral_bins bins, bin_range image_range, std::uint64_t narrow_limit)
  : image_range_(image_range), histogram_(screen_bins, std::move(bins), narrow_limit), window_image_(screen_bins + 1),
    past_image_(screen_bins + 1) {}

bool view_counts::many(std::uint64_t events) const noexcept {
  return events * counts_read_per_event >= histogram_.cells();
}

void view_counts::show(const event_chunk& chunk, const event_mapping& mapping) {
  const events_image image{window_image_.data(), image_range_, screen_size()};
  const auto& bins = histogram_.bins();
  window_totals_.in_range += show_events(image, chunk, mapping, bins);
  for (auto& g : groupings_)
    if (!g.group_of.empty())
      each_counted(chunk, mapping, bins,
                   [&](std::size_t s, std::size_t k) { ++g.window[g.group_of[s] * bins.size() + k]; });
}

void view_counts::add(std::span<const event_chunk> chunks, const event_mapping& mapping, event_tally& tally) {
  histogram_.open_parts(1);
  if (index_) index_->keep(chunks, mapping);
  const auto before = tally.accepted;
  histogram_.add(0, chunks, mapping, tally);
  if (many(events_in(chunks))) unsettled_ = true;
  if (!unsettled_)
    for (const auto& c : chunks)
      show(c, mapping);
  took(tally.accepted - before);
}

bool view_counts::worth_parts(std::size_t parts, std::uint64_t events) const noexcept {
  const auto counts = screen_size() * time_size() * std::max(parts, histogram_.parts());
  return events * counts_per_event_in_parts >= counts;
}

void view_counts::open_parts(std::size_t parts, std::span<const event_chunk> chunks, const event_mapping& mapping) {
  histogram_.open_parts(parts);
  unsettled_ = true;
  if (index_) index_->keep(chunks, mapping);
}

void view_counts::join_parts(const event_tally& counted) {
  took(counted.accepted);
}

void view_counts::took(std::uint64_t events) {
  window_totals_.all += events;
  if (index_) index_->limit(histogram_);
}

void view_counts::settle() {
  if (!unsettled_) return;
  unsettled_ = false;
  zero(window_image_);
  histogram_.add_image(image_range_, window_image_);
  window_image_.back() = past_image_.back();
  subtract_from(window_image_, past_image_);
  window_totals_.in_range = std::reduce(window_image_.begin(), window_image_.end());
  for (auto& g : groupings_)
    if (!g.group_of.empty()) settle(g);
}

void view_counts::settle(grouping& g) {
  const auto bins = time_size();
  zero(g.window);
  // Few events are looked up again, where they are still there, rather than all counts read.
  if (index_ && index_->before() == nullptr && !many(window_totals_.all)) {
    index_->each_counted(histogram_.bins(),
                         [&](std::size_t s, std::size_t k) { ++g.window[g.group_of[s] * bins + k]; });
    return;
  }
  histogram_.add_rows(g.group_of, g.window);
  subtract_from(g.window, g.past);
}

void view_counts::forget_window() {
  zero(window_image_);
  for (auto& g : groupings_)
    zero(g.window);
  window_totals_ = {};
  if (index_) index_->clear();
  unsettled_ = false;
}

void view_counts::close_window() {
  settle();
  add_to(past_image_, window_image_);
  for (auto& g : groupings_)
    add_to(g.past, g.window);
  past_totals_ = cumulative_totals();
  forget_window();
}

void view_counts::clear() {
  histogram_.clear();
  zero(past_image_);
  for (auto& g : groupings_)
    zero(g.past);
  past_totals_ = {};
  forget_window();
}

void view_counts::group(purpose p, std::vector<std::uint32_t> group_of, std::size_t number) {
  if (group_of.size() != screen_size()) throw std::invalid_argument("every screen bin needs a group");
  if (window_totals_.all > 0 && !index_)
    throw std::logic_error("the groups of a view cannot change between two results");
  const auto bins = time_size();
  grouping g{std::move(group_of), numbers(number * bins), numbers(number * bins)};
  if (index_ && index_->before() != nullptr) {
    index_->before()->add_rows(g.group_of, g.past);
    histogram_.add_rows(g.group_of, g.window);
    subtract_from(g.window, g.past);
  } else {
    if (cumulative_totals().all > 0) histogram_.add_rows(g.group_of, g.past);
    if (index_)
      index_->each_counted(histogram_.bins(), [&](std::size_t s, std::size_t k) {
        ++g.window[g.group_of[s] * bins + k];
        --g.past[g.group_of[s] * bins + k];
      });
  }
  groups(p) = std::move(g);
}

void view_counts::ungroup(purpose p) {
  groups(p) = {};
}

std::vector<double> view_counts::window_spectrum(purpose p, std::size_t group) const {
  const auto first = groups(p).window.begin() + static_cast<std::ptrdiff_t>(group * time_size());
  return {first, first + static_cast<std::ptrdiff_t>(time_size())};
}

std::vector<double> view_counts::cumulative_spectrum(purpose p, std::size_t group) const {
  auto sum = window_spectrum(p, group);
  const auto* past = groups(p).past.data() + group * time_size();
  for (std::size_t k = 0; k < sum.size(); ++k)
    sum[k] += static_cast<double>(past[k]);
  return sum;
}

void view_counts::totals::state(archive& a) {
  a.field("all", all);
  a.field("in_range", in_range);
}

void view_counts::grouping::state(archive& a) {
  a.field("window", window, window.size());
  a.field("past", past, past.size());
}

void view_counts::state(archive& a) {
  if (!a.loading()) settle();
  a.field("histogram", histogram_);
  a.field("window_image", window_image_, screen_size() + 1);
  a.field("past_image", past_image_, screen_size() + 1);
  a.field("window_totals", window_totals_);
  a.field("past_totals", past_totals_);
  a.field("regions", groups(purpose::regions));
  a.field("spectrum", groups(purpose::spectrum));
  if (index_) index_->state(a, histogram_);
  unsettled_ = false;
}

} // namespace livedata
