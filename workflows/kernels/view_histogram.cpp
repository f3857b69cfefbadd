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
  if (follows_) throw std::logic_error("counts that rest on common ones cannot go on without them");
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
  if (follows_) throw std::logic_error("counts that rest on common ones cannot go on without them");
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

void view_histogram::require_lent() const {
  if (common_ == nullptr) throw std::logic_error("counts that rest on common ones are asked for without them");
}

void view_histogram::add_common(std::span<const event_chunk> chunks, const pixel_table& pixels,
                                std::uint64_t accepted) {
  require_lent();
  if (!follows_) join(chunks, pixels, accepted);
  keep(chunks, pixels);
  window_totals_.all += accepted;
  unsettled_ = true;
  limit_kept();
}

void view_histogram::join(std::span<const event_chunk> chunks, const pixel_table& pixels, std::uint64_t accepted) {
  std::vector<std::uint64_t> beside(screen_bins_);
  if (counted_)
    for (const auto& p : parts_)
      p.add_image(image_range_, beside);
  if (common_->cumulative_totals().all != accepted) {
    auto before = common_->counts();
    for_each_counted(chunks, pixels, [&](std::size_t s, std::size_t k) { before.remove_one(s, k); });
    before.add_image(image_range_, beside, true);
    before_common_ = std::move(before);
  }
  beside_common_ = std::move(beside);
  follows_ = true;
}

void view_histogram::leave() {
  if (!follows_) return;
  require_lent();
  settle();
  take_from_common(parts_.front());
  counted_ = true;
  forget_common();
}

void view_histogram::forget_common() {
  follows_ = false;
  before_common_.reset();
  beside_common_ = {};
}

view_histogram view_histogram::copy() const {
  auto other = empty_like();
  other.parts_.clear();
  for (const auto& p : parts_)
    other.parts_.push_back(p.copy());
  other.counted_ = counted_;
  other.past_image_ = past_image_;
  other.past_totals_ = past_totals_;
  return other;
}

void view_histogram::settle() {
  if (!unsettled_) return;
  if (follows_) require_lent();
  unsettled_ = false;
  if (follows_) {
    for (std::size_t s = 0; s < screen_bins_; ++s)
      window_image_[s] = common_->past_image_[s] + beside_common_[s];
  } else {
    std::fill(window_image_.begin(), window_image_.end(), 0);
    for (const auto& p : parts_)
      p.add_image(image_range_, window_image_);
  }
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
  const auto by_events = keeps_window_ && !before_window_ && !many(window_totals_.all);
  if (by_events || g.regrouped) add_rows_of_window(g, g.window);
  if (by_events && !g.regrouped) return;
  std::vector<std::uint64_t> all(g.window.size());
  add_rows(g.group_of, all);
  auto& rest = g.regrouped ? g.past : g.window;
  const auto& known = g.regrouped ? g.window : g.past;
  for (std::size_t i = bins_.size(); i < all.size(); ++i)
    rest[i] = all[i] - known[i];
  g.regrouped = false;
}

void view_histogram::add_rows_of_window(const grouping& g, std::vector<std::uint64_t>& to) const {
  const auto bins = bins_.size();
  if (before_window_) {
    add_rows(g.group_of, to);
    before_window_->add_rows(g.group_of, to, true);
    return;
  }
  replay([&](std::size_t s, std::size_t k) {
    if (auto row = g.group_of[s]; row != 0) ++to[row * bins + k];
  });
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

void view_histogram::take_from_common(screen_counts& to) const {
  require_lent();
  for (std::size_t i = 0; i < common_->parts_.size(); ++i) {
    auto last = i + 1 == common_->parts_.size();
    to.merge(common_->parts_[i], last && before_common_ ? &*before_common_ : nullptr);
  }
}

// All that it has, in one.
screen_counts view_histogram::counts() const {
  auto all = parts_.front().copy();
  for (std::size_t i = 1; i < parts_.size(); ++i)
    all.merge(parts_[i], nullptr);
  if (follows_) take_from_common(all);
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
  forget_common();
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
    g.regrouped = false;
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
  if (!follows_) return;
  require_lent();
  for (const auto& p : common_->parts_)
    p.add_rows(group_of, to);
  if (before_common_) before_common_->add_rows(group_of, to, true);
}

void view_histogram::group(purpose p, std::vector<std::uint32_t> group_of, std::size_t groups_count) {
  if (group_of.size() != screen_bins_) throw std::invalid_argument("every screen bin needs a group");
  if (window_totals_.all > 0 && !keeps_window_)
    throw std::logic_error("the groups of a view cannot change between two results");
  const auto bins = bins_.size();
  grouping g{std::move(group_of), std::vector<std::uint64_t>(groups_count * bins),
             std::vector<std::uint64_t>(groups_count * bins)};
  if (follows_) {
    // What is lent may hold more than has been added here.
    if (!keeps_window_) throw std::logic_error("groups of counts that rest on common ones cannot change");
    g.regrouped = true;
    unsettled_ = true;
    groups(p) = std::move(g);
    return;
  }
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
  if (!follows_) return sum;
  require_lent();
  for (const auto& p : common_->parts_)
    p.add_row(screen_bin, sum);
  if (before_common_) before_common_->add_row(screen_bin, sum, true);
  return sum;
}

std::uint64_t view_histogram::bytes() const noexcept {
  std::uint64_t n = 0;
  for (const auto& p : parts_)
    n += p.bytes();
  if (before_common_) n += before_common_->bytes();
  return n;
}

} // namespace livedata
