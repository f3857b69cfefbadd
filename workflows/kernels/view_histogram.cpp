#include "workflows/kernels/view_histogram.hpp"

#include <algorithm>
#include <stdexcept>

namespace livedata {

namespace {

// So many chunks of events are kept at most; one batch brings a few hundred.
constexpr std::size_t most_kept_chunks = 16384;
// Keeping images and spectra up to date by one event costs as much as reading so many counts in a row.
constexpr std::uint64_t counts_read_per_event = 32;
// Counts of another part cost a thread as much as so few events: they have to be read, and take up cache, besides.
constexpr std::uint64_t counts_per_event_in_parts = 8;

// Calls f(inner loop arguments) with views of pixels and time bins of the right types.
template <class F>
void visit_tables(const pixel_table& pixels, const time_bins& bins, F&& f) {
  pixels.visit([&](const auto& table) { bins.visit([&](const auto& search) { f(table, search); }); });
}

} // namespace

view_histogram::view_histogram(std::size_t screen_bins, time_bins bins, bin_range image_range,
                               std::uint64_t narrow_limit)
  : bins_(std::move(bins)), image_range_(image_range), screen_bins_(screen_bins), narrow_limit_(narrow_limit),
    window_image_(screen_bins + 1), past_image_(screen_bins) {
  parts_.push_back(make_part());
}

screen_counts view_histogram::make_part() const {
  return {screen_bins_, bins_.size(), narrow_limit_};
}

bool view_histogram::many(std::uint64_t events) const noexcept {
  return events * counts_read_per_event >= screen_bins_ * bins_.size() * parts_.size();
}

void view_histogram::show(const event_chunk& chunk, const pixel_table& pixels) {
  const events_image image{window_image_.data(), image_range_, screen_bins_};
  window_totals_.in_range += best_vector_unit() == vector_unit::avx2 ? show_events_avx2(image, chunk, pixels, bins_)
                                                                     : show_events(image, chunk, pixels, bins_);
  for (auto& g : groupings_) {
    if (g.group_of.empty()) continue;
    for_each_counted(std::span(&chunk, 1), pixels,
                     [&](std::size_t s, std::size_t k) { ++g.window[g.group_of[s] * bins_.size() + k]; });
  }
}

void view_histogram::add(std::span<const event_chunk> chunks, const pixel_table& pixels, event_tally& tally) {
  counted_ = true;
  const auto events = events_in(chunks);
  auto& part = parts_.front();
  part.make_ready(events, pixels);
  if (many(events)) unsettled_ = true;
  keep(chunks, pixels);
  const auto before = tally.accepted;
  for (const auto& c : chunks) {
    part.add(c, pixels, bins_, tally);
    if (!unsettled_) show(c, pixels);
  }
  window_totals_.all += tally.accepted - before;
  limit_kept();
}

bool view_histogram::worth_parts(std::size_t parts, std::uint64_t events) const noexcept {
  return events * counts_per_event_in_parts >= screen_bins_ * bins_.size() * std::max(parts, parts_.size());
}

void view_histogram::open_parts(std::size_t parts, std::span<const event_chunk> chunks, const pixel_table& pixels) {
  counted_ = true;
  unsettled_ = true;
  while (parts_.size() < parts)
    parts_.push_back(make_part());
  keep(chunks, pixels);
}

void view_histogram::add_to_part(std::size_t number, std::span<const event_chunk> chunks, const pixel_table& pixels,
                                 event_tally& tally) {
  auto& part = parts_[number];
  part.make_ready(events_in(chunks), pixels);
  for (const auto& c : chunks)
    part.add(c, pixels, bins_, tally);
}

void view_histogram::join_parts(const event_tally& counted) {
  window_totals_.all += counted.accepted;
  limit_kept();
}

void view_histogram::settle() {
  if (!unsettled_) return;
  unsettled_ = false;
  std::fill(window_image_.begin(), window_image_.end(), 0);
  for (const auto& p : parts_)
    p.add_image(image_range_, window_image_);
  window_totals_.in_range = 0;
  for (std::size_t s = 0; s < screen_bins_; ++s) {
    window_image_[s] -= past_image_[s];
    window_totals_.in_range += window_image_[s];
  }
  for (auto& g : groupings_)
    if (!g.group_of.empty()) settle(g);
}

void view_histogram::settle(grouping& g) {
  std::fill(g.window.begin(), g.window.end(), 0);
  // Few events are looked up again, where they are still there, rather than all counts read.
  if (keeps_window_ && !before_window_ && !many(window_totals_.all)) {
    replay([&](std::size_t s, std::size_t k) {
      if (auto row = g.group_of[s]; row != 0) ++g.window[row * bins_.size() + k];
    });
    return;
  }
  std::vector<std::uint64_t> all(g.window.size());
  add_rows(g.group_of, all);
  for (std::size_t i = bins_.size(); i < all.size(); ++i)
    g.window[i] = all[i] - g.past[i];
}

void view_histogram::keep(std::span<const event_chunk> chunks, const pixel_table& pixels) {
  if (!keeps_window_ || before_window_) return;
  for (const auto& c : chunks)
    kept_.push_back({c, pixels});
}

void view_histogram::limit_kept() {
  if (kept_.size() <= most_kept_chunks) return;
  auto before = counts();
  replay([&](std::size_t s, std::size_t k) { before.remove_one(s, k); });
  before_window_ = std::move(before);
  kept_.clear();
}

// All that it has, in one.
screen_counts view_histogram::counts() const {
  auto all = parts_.front().copy();
  for (std::size_t i = 1; i < parts_.size(); ++i)
    all.merge(parts_[i], nullptr);
  return all;
}

template <class F>
void view_histogram::for_each_counted(std::span<const event_chunk> chunks, const pixel_table& pixels, F&& f) const {
  visit_tables(pixels, bins_, [&]<class View>(const View table, const auto search) {
    for (const auto& chunk : chunks)
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        const auto s = table(chunk.pixel_id[i]);
        const auto k = search(chunk.time_of_arrival[i]);
        if (s != View::nowhere && k < bins_.size()) f(std::size_t{s}, static_cast<std::size_t>(k));
      }
  });
}

template <class F>
void view_histogram::replay(F&& f) const {
  for (const auto& chunk : kept_)
    for_each_counted(std::span(&chunk.events, 1), chunk.pixels, f);
}

void view_histogram::forget_window() {
  kept_.clear();
  before_window_.reset();
  window_totals_ = {};
  unsettled_ = false;
}

void view_histogram::close_window() {
  settle();
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
  if (counted_) {
    parts_.clear();
    parts_.push_back(make_part());
    counted_ = false;
  }
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

void view_histogram::add_rows(const std::vector<std::uint32_t>& group_of, std::vector<std::uint64_t>& to) const {
  if (counted_)
    for (const auto& p : parts_)
      p.add_rows(group_of, to);
}

void view_histogram::group(purpose p, std::vector<std::uint32_t> group_of, std::size_t groups_count) {
  if (group_of.size() != screen_bins_) throw std::invalid_argument("every screen bin needs a group");
  if (window_totals_.all > 0 && !keeps_window_)
    throw std::logic_error("the groups of a view cannot change between two results");
  const auto bins = bins_.size();
  grouping g{std::move(group_of), std::vector<std::uint64_t>(groups_count * bins),
             std::vector<std::uint64_t>(groups_count * bins)};
  if (cumulative_totals().all > 0) add_rows(g.group_of, g.past);
  if (before_window_) {
    g.window = std::move(g.past);
    g.past.assign(g.window.size(), 0);
    before_window_->add_rows(g.group_of, g.past);
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
  std::vector<std::uint64_t> sum(bins_.size());
  for (const auto& p : parts_)
    p.add_row(screen_bin, sum);
  return sum;
}

std::uint64_t view_histogram::bytes() const noexcept {
  std::uint64_t n = 0;
  for (const auto& p : parts_)
    n += p.bytes();
  return n;
}

} // namespace livedata
