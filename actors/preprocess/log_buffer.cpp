#include "actors/preprocess/log_buffer.hpp"

#include "actors/archive_fields.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace livedata {

struct log_buffer::piece {
  std::vector<timestamp> time;
  std::vector<double> value;
  // As long as all values are whole numbers.
  std::vector<std::int64_t> whole;
  std::vector<double> target;
  std::vector<std::int32_t> idle;
};

namespace {

// FNV-1a, 32 bits.
std::uint32_t hash(std::string_view text) {
  std::uint32_t h = 2166136261;
  for (auto c : text)
    h = (h ^ static_cast<unsigned char>(c)) * 16777619;
  return h;
}

// NaN is the same as NaN.
bool equal(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

template <class T>
std::span<const T> from(const std::vector<T>& v, std::size_t first) {
  return v.empty() ? std::span<const T>{} : std::span<const T>(v).subspan(first);
}

template <class T>
void move_on(const std::vector<T>& old, std::vector<T>& fresh, std::size_t first, std::size_t end) {
  if (old.empty()) return;
  fresh.assign(old.begin() + static_cast<std::ptrdiff_t>(first), old.begin() + static_cast<std::ptrdiff_t>(end));
}

} // namespace

log_buffer::log_buffer(std::string_view name, log_buffer_options options) : options_(std::move(options)) {
  if (options_.max_samples < 1) throw std::invalid_argument("a log must keep at least one sample");
  auto base = std::max<std::size_t>(1, options_.max_samples / 8);
  slack_ = base + hash(name) % base;
  clear();
}

void log_buffer::clear() {
  piece_ = std::make_shared<piece>();
  first_ = 0;
  first_before_newest_ = 0;
  given_ = 0;
  order_ = {};
  whole_numbers_ = true;
  view_.reset();
}

std::size_t log_buffer::capacity() const noexcept {
  return piece_->time.capacity();
}

log_buffer::outcome log_buffer::add(const log_sample& sample) {
  if (options_.with_target && !sample.target) return outcome::no_target;
  if (options_.with_idle && !sample.idle) return outcome::no_idle;
  switch (order_.judge(sample.time)) {
  case sample_order::verdict::late:
    return outcome::out_of_order;
  case sample_order::verdict::same:
    if (newest_is(sample)) return outcome::duplicate;
    cut_back(piece_->time.size() - 1);
    append(sample);
    return outcome::replaced;
  case sample_order::verdict::went_back:
    go_back_to(sample);
    return outcome::went_back;
  case sample_order::verdict::newer:
    break;
  }
  append(sample);
  return outcome::added;
}

bool log_buffer::newest_is(const log_sample& sample) const {
  const auto* integer = std::get_if<std::int64_t>(&sample.value);
  auto same =
    whole_numbers_ && integer ? *integer == piece_->whole.back() : equal(sample.as_double(), piece_->value.back());
  if (options_.with_target) same = same && equal(*sample.target, piece_->target.back());
  if (options_.with_idle) same = same && *sample.idle == (piece_->idle.back() != 0);
  return same;
}

void log_buffer::go_back_to(const log_sample& sample) {
  const auto& time = piece_->time;
  const auto end = static_cast<std::size_t>(
    std::upper_bound(time.begin() + static_cast<std::ptrdiff_t>(first_), time.end(), sample.time) - time.begin());
  taken_back_ = time.size() - end;
  cut_back(end);
  if (piece_->time.size() > first_ && piece_->time.back() == sample.time) {
    if (newest_is(sample)) return;
    cut_back(piece_->time.size() - 1);
  }
  append(sample);
}

void log_buffer::cut_back(std::size_t end) {
  view_.reset();
  // What only the newest sample has made too old is not.
  if (end + 1 == piece_->time.size()) first_ = first_before_newest_;
  first_ = std::min(first_, end);
  first_before_newest_ = first_;
  if (given_ > end) {
    move_to_new_piece(end);
    return;
  }
  piece_->time.resize(end);
  piece_->value.resize(end);
  if (whole_numbers_) piece_->whole.resize(end);
  if (options_.with_target) piece_->target.resize(end);
  if (options_.with_idle) piece_->idle.resize(end);
}

void log_buffer::append(const log_sample& sample) {
  const auto* integer = std::get_if<std::int64_t>(&sample.value);
  if (!integer) whole_numbers_ = false;
  make_room();
  piece_->time.push_back(sample.time);
  piece_->value.push_back(sample.as_double());
  if (whole_numbers_) piece_->whole.push_back(*integer);
  if (options_.with_target) piece_->target.push_back(*sample.target);
  if (options_.with_idle) piece_->idle.push_back(*sample.idle ? 1 : 0);
  trim();
  view_.reset();
}

void log_buffer::make_room() {
  auto used = piece_->time.size();
  if (used == piece_->time.capacity()) move_to_new_piece(used);
}

void log_buffer::move_to_new_piece(std::size_t end) {
  auto needed = end - first_ + 1;
  auto capacity = std::max<std::size_t>(2, std::min(2 * needed, options_.max_samples + slack_));
  auto fresh = std::make_shared<piece>();
  fresh->time.reserve(capacity);
  fresh->value.reserve(capacity);
  if (whole_numbers_) fresh->whole.reserve(capacity);
  if (options_.with_target) fresh->target.reserve(capacity);
  if (options_.with_idle) fresh->idle.reserve(capacity);
  move_on(piece_->time, fresh->time, first_, end);
  move_on(piece_->value, fresh->value, first_, end);
  if (whole_numbers_) move_on(piece_->whole, fresh->whole, first_, end);
  move_on(piece_->target, fresh->target, first_, end);
  move_on(piece_->idle, fresh->idle, first_, end);
  piece_ = std::move(fresh);
  first_ = 0;
  first_before_newest_ = 0;
  given_ = 0;
}

void log_buffer::trim() {
  const auto& time = piece_->time;
  first_before_newest_ = first_;
  if (time.size() - first_ > options_.max_samples) first_ = time.size() - options_.max_samples;
  // As an unsigned difference: two times may be further apart than a duration can tell.
  auto too_old = [&](timestamp t) {
    return static_cast<std::uint64_t>(time.back().ns) - static_cast<std::uint64_t>(t.ns) >=
           static_cast<std::uint64_t>(options_.max_age.ns);
  };
  while (first_ + 1 < time.size() && too_old(time[first_ + 1]))
    ++first_;
}

// What only the newest sample has made too old is still there, for it may be taken out.
void log_buffer::state(archive& a) {
  piece kept;
  if (!a.loading()) {
    const auto end = piece_->time.size();
    move_on(piece_->time, kept.time, first_before_newest_, end);
    move_on(piece_->value, kept.value, first_before_newest_, end);
    if (whole_numbers_) move_on(piece_->whole, kept.whole, first_before_newest_, end);
    move_on(piece_->target, kept.target, first_before_newest_, end);
    move_on(piece_->idle, kept.idle, first_before_newest_, end);
  }
  a.field("time", kept.time);
  const auto n = kept.time.size();
  a.field("value", kept.value, n);
  a.field("whole_numbers", whole_numbers_);
  a.field("whole", kept.whole, whole_numbers_ ? n : 0);
  a.field("target", kept.target, options_.with_target ? n : 0);
  a.field("idle", kept.idle, options_.with_idle ? n : 0);
  auto too_old = first_ - first_before_newest_;
  fields::size(a, "too_old", too_old);
  a.field("order", order_);
  if (!a.loading()) return;
  if (too_old > n || (n > 0 && too_old == n)) a.refuse("too_old", "is all that there is");
  if (std::ranges::adjacent_find(kept.time, std::greater_equal{}) != kept.time.end())
    a.refuse("time", "does not go up");
  piece_ = std::make_shared<piece>(std::move(kept));
  first_ = too_old;
  first_before_newest_ = 0;
  given_ = 0;
  view_.reset();
}

const series_ptr& log_buffer::get() const {
  if (view_ || piece_->time.empty()) return view_;
  auto series = std::make_shared<log_series>();
  series->time = from(piece_->time, first_);
  series->value = from(piece_->value, first_);
  series->target = from(piece_->target, first_);
  series->idle = from(piece_->idle, first_);
  series->whole_numbers = whole_numbers_;
  if (whole_numbers_) series->whole = from(piece_->whole, first_);
  series->unit = options_.unit;
  series->owner = piece_;
  given_ = piece_->time.size();
  view_ = std::move(series);
  return view_;
}

} // namespace livedata
