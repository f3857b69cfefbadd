#include "workflows/wavelength/event_wavelengths.hpp"

#include "workflows/vector_unit.hpp"
#include "workflows/wavelength/guessed_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace livedata {

namespace {

constexpr auto no_wavelength = std::numeric_limits<double>::quiet_NaN();

// As Python's %: never negative.
std::int64_t modulo(std::int64_t a, std::int64_t n) noexcept {
  const auto rest = a % n;
  return rest < 0 ? rest + n : rest;
}

} // namespace

pulse_frames pulse_frames::beginning_with(std::int64_t first_ns, double period_ns, std::int64_t stride,
                                          std::int64_t offset) {
  const auto period = static_cast<std::int64_t>(period_ns);
  return {period_ns, stride, modulo(first_ns, period) - period / 2, offset};
}

std::int64_t pulse_frames::pulse_of(timestamp pulse_time) const noexcept {
  if (stride_ == 1) return 0;
  const auto period = static_cast<std::int64_t>(period_);
  const auto since = saturating::difference(pulse_time.ns, reference_);
  return (modulo(since, saturating::product(stride_, period)) / period + offset_) % stride_;
}

event_wavelengths::axis::axis(const std::vector<double>& grid)
  : values(grid.data()), cells(static_cast<std::uint32_t>(grid.size() - 1)), first(grid.front()), last(grid.back()),
    per_step(static_cast<double>(cells) / (last - first)), even(true) {
  for (std::uint32_t i = 0; i <= cells; ++i)
    even = even && std::abs((values[i] - first) * per_step - i) < doubtful / 100;
}

std::uint32_t event_wavelengths::axis::cell_of(double x) const noexcept {
  const auto guess = static_cast<std::uint32_t>(std::max(0.0, (x - first) * per_step));
  auto i = std::min(guess, cells - 1);
  while (i > 0 && x < values[i])
    --i;
  while (i + 1 < cells && x >= values[i + 1])
    ++i;
  return i;
}

event_wavelengths::event_wavelengths(std::shared_ptr<const lookup_table> table, std::vector<double> flight_paths,
                                     std::int32_t first_pixel)
  : table_(std::move(table)), rows_(table_->distance), columns_(table_->time), lengths_(std::move(flight_paths)),
    pixels_(static_cast<std::uint32_t>(lengths_.size())), first_pixel_(static_cast<std::uint32_t>(first_pixel)),
    one_path_(false), by_vectors_(best_vector_unit() == vector_unit::avx2 && rows_.even && columns_.even) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  if (lengths_.size() >= most) throw std::invalid_argument("there are too many pixels for wavelengths");
  for (auto l : lengths_)
    if (!std::isnan(l) && (!(l > 0) || std::isinf(l)))
      throw std::invalid_argument(fmt::format("a flight path of {} m is no distance that a neutron flies", l));
  lengths_.push_back(no_wavelength);
  const auto columns = columns_.cells + std::size_t{1};
  // Loops may take the last grid point of either axis for the beginning of a cell.
  products_.assign(table_->wavelength.size() + columns + 1, no_wavelength);
  for (std::size_t row = 0; row < table_->distance.size(); ++row)
    for (std::size_t column = 0; column < columns; ++column)
      products_[row * columns + column] = table_->wavelength[row * columns + column] * table_->distance[row];
}

event_wavelengths::event_wavelengths(std::shared_ptr<const lookup_table> table, double flight_path)
  : event_wavelengths(std::move(table), std::vector<double>{flight_path}, 0) {
  one_path_ = true;
}

double event_wavelengths::interpolated(double flight_path, std::uint32_t row, std::uint32_t column, double u,
                                       double v) const noexcept {
  const auto columns = columns_.cells + std::size_t{1};
  const auto* corner = products_.data() + row * columns + column;
  const auto lower = (1 - v) * corner[0] + v * corner[1];
  const auto upper = (1 - v) * corner[columns] + v * corner[columns + 1];
  return ((1 - u) * lower + u * upper) / flight_path;
}

double event_wavelengths::at(double flight_path, double time_ns) const noexcept {
  if (!rows_.has(flight_path) || !columns_.has(time_ns)) return no_wavelength;
  const auto row = rows_.cell_of(flight_path);
  const auto column = columns_.cell_of(time_ns);
  const auto part = [](const axis& a, std::uint32_t cell, double x) {
    return (x - a.values[cell]) / (a.values[cell + 1] - a.values[cell]);
  };
  return interpolated(flight_path, row, column, part(rows_, row, flight_path), part(columns_, column, time_ns));
}

// What the loop by vectors does, for one event, with the same result bit by bit.
double event_wavelengths::quickly_at(double flight_path, double time_ns) const noexcept {
  if (!rows_.even || !columns_.even) return at(flight_path, time_ns);
  if (!rows_.has(flight_path) || !columns_.has(time_ns)) return no_wavelength;
  const auto row = (flight_path - rows_.first) * rows_.per_step;
  const auto column = (time_ns - columns_.first) * columns_.per_step;
  const auto whole_row = static_cast<std::uint32_t>(row);
  const auto whole_column = static_cast<std::uint32_t>(column);
  const auto u = row - whole_row;
  const auto v = column - whole_column;
  if (std::min(u, v) < doubtful || std::max(u, v) > 1 - doubtful) return at(flight_path, time_ns);
  return interpolated(flight_path, whole_row, whole_column, u, v);
}

std::uint32_t event_wavelengths::pixel_of(const event_chunk& chunk, std::size_t event) const noexcept {
  if (one_path_) return 0;
  return std::min(static_cast<std::uint32_t>(chunk.pixel_id[event]) - first_pixel_, pixels_);
}

void event_wavelengths::fill_plainly(const event_chunk& chunk, double shift, std::size_t begin,
                                     wavelength_block& to) const noexcept {
  for (auto e = begin; e < to.events; ++e) {
    const auto pixel = pixel_of(chunk, to.first + e);
    to.pixel[e] = pixel;
    to.wavelength[e] = quickly_at(lengths_[pixel], chunk.time_of_arrival[to.first + e] + shift);
  }
}

void event_wavelengths::fill(const event_chunk& chunk, std::size_t first, double shift, const pixel_memory& also,
                             wavelength_block& to) const noexcept {
  to.first = first;
  to.events = std::min(wavelength_block::most, chunk.size() - first);
  fill_plainly(chunk, shift, by_vectors_ && !one_path_ ? fill_avx2(chunk, shift, also, to) : 0, to);
}

#if defined(__x86_64__)

namespace {

[[gnu::target("avx2"), gnu::always_inline]] inline __m128i load_four(const void* from) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

// Single loads, put together: on the processors at hand a gather of four double numbers takes as long as ten of them
// (docs/performance-notes.md).
[[gnu::target("avx2"), gnu::always_inline]] inline __m256d load_each(const double* from,
                                                                     const std::uint32_t* places) noexcept {
  return _mm256_set_pd(from[places[3]], from[places[2]], from[places[1]], from[places[0]]);
}

[[gnu::target("avx2"), gnu::always_inline]] inline __m256d load_pairs(const double* a, const double* b) noexcept {
  return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(a)), _mm_loadu_pd(b), 1);
}

// The numbers at four places, and those behind each of them.
struct neighbours {
  __m256d here;
  __m256d next;
};

[[gnu::target("avx2"), gnu::always_inline]] inline neighbours load_neighbours(const double* from,
                                                                              __m128i places) noexcept {
  const auto first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(places));
  const auto second = static_cast<std::uint64_t>(_mm_extract_epi64(places, 1));
  constexpr unsigned upper = 32;
  constexpr std::uint64_t lower = 0xffffffff;
  const auto even = load_pairs(from + (first & lower), from + (second & lower));
  const auto odd = load_pairs(from + (first >> upper), from + (second >> upper));
  return {_mm256_unpacklo_pd(even, odd), _mm256_unpackhi_pd(even, odd)};
}

// An axis for four values at once.
class grid_lanes {
public:
  [[gnu::target("avx2")]] grid_lanes(double first, double last, double per_step) noexcept
    : first_(_mm256_set1_pd(first)), last_(_mm256_set1_pd(last)), per_step_(_mm256_set1_pd(per_step)) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256d has(__m256d x) const noexcept {
    return _mm256_and_pd(_mm256_cmp_pd(x, first_, _CMP_GE_OQ), _mm256_cmp_pd(x, last_, _CMP_LE_OQ));
  }

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256d place(__m256d x) const noexcept {
    return _mm256_mul_pd(_mm256_sub_pd(x, first_), per_step_);
  }

private:
  __m256d first_, last_, per_step_;
};

} // namespace

[[gnu::target("avx2")]] std::size_t event_wavelengths::fill_avx2(const event_chunk& chunk, double shift,
                                                                 const pixel_memory& also,
                                                                 wavelength_block& to) const noexcept {
  constexpr std::size_t lanes = 4;
  const auto all = to.events - to.events % lanes;
  const auto* const times = chunk.time_of_arrival.data() + to.first * sizeof(std::int32_t);
  const auto* const numbers = chunk.pixel_id.data() + to.first * sizeof(std::int32_t);
  const auto first_pixel = _mm_set1_epi32(static_cast<int>(first_pixel_));
  const auto no_pixel = _mm_set1_epi32(static_cast<int>(pixels_));
  for (std::size_t e = 0; e < all; e += lanes) {
    const auto pixel =
      _mm_min_epu32(_mm_sub_epi32(load_four(numbers + e * sizeof(std::int32_t)), first_pixel), no_pixel);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.pixel.data() + e), pixel);
  }
  // All flight paths on their way before any is needed.
  for (std::size_t e = 0; e < all; ++e)
    __builtin_prefetch(lengths_.data() + to.pixel[e]);
  if (also.first != nullptr)
    for (std::size_t e = 0; e < all; ++e)
      __builtin_prefetch(also.first + to.pixel[e] * also.stride);

  const auto columns = columns_.cells + std::size_t{1};
  const auto* const corners = products_.data();
  const auto one = _mm256_set1_pd(1);
  const auto nan = _mm256_set1_pd(no_wavelength);
  const auto near_next = _mm256_set1_pd(1 - doubtful);
  const auto near_this = _mm256_set1_pd(doubtful);
  const auto shifts = _mm256_set1_pd(shift);
  const grid_lanes rows(rows_.first, rows_.last, rows_.per_step);
  const grid_lanes times_of_table(columns_.first, columns_.last, columns_.per_step);
  for (std::size_t e = 0; e < all; e += lanes) {
    const auto length = load_each(lengths_.data(), to.pixel.data() + e);
    const auto time = _mm256_add_pd(_mm256_cvtepi32_pd(load_four(times + e * sizeof(std::int32_t))), shifts);
    const auto in_table = _mm256_and_pd(rows.has(length), times_of_table.has(time));
    const auto row = _mm256_and_pd(rows.place(length), in_table);
    const auto column = _mm256_and_pd(times_of_table.place(time), in_table);
    const auto whole_row = _mm256_cvttpd_epi32(row);
    const auto whole_column = _mm256_cvttpd_epi32(column);
    const auto u = _mm256_sub_pd(row, _mm256_cvtepi32_pd(whole_row));
    const auto v = _mm256_sub_pd(column, _mm256_cvtepi32_pd(whole_column));
    const auto corner =
      _mm_add_epi32(_mm_mullo_epi32(whole_row, _mm_set1_epi32(static_cast<int>(columns))), whole_column);
    const auto rest_of_v = _mm256_sub_pd(one, v);
    const auto nearer = load_neighbours(corners, corner);
    const auto farther = load_neighbours(corners + columns, corner);
    const auto lower = _mm256_add_pd(_mm256_mul_pd(rest_of_v, nearer.here), _mm256_mul_pd(v, nearer.next));
    const auto upper = _mm256_add_pd(_mm256_mul_pd(rest_of_v, farther.here), _mm256_mul_pd(v, farther.next));
    const auto product = _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(one, u), lower), _mm256_mul_pd(u, upper));
    _mm256_storeu_pd(to.wavelength.data() + e, _mm256_blendv_pd(nan, _mm256_div_pd(product, length), in_table));
    const auto doubt = _mm256_and_pd(_mm256_or_pd(_mm256_cmp_pd(_mm256_min_pd(u, v), near_this, _CMP_LT_OQ),
                                                  _mm256_cmp_pd(_mm256_max_pd(u, v), near_next, _CMP_GT_OQ)),
                                     in_table);
    for (auto open = static_cast<unsigned>(_mm256_movemask_pd(doubt)); open != 0; open &= open - 1) {
      const auto lane = e + static_cast<std::size_t>(__builtin_ctz(open));
      to.wavelength[lane] = at(lengths_[to.pixel[lane]], chunk.time_of_arrival[to.first + lane] + shift);
    }
  }
  return all;
}

#else

std::size_t event_wavelengths::fill_avx2(const event_chunk&, double, const pixel_memory&,
                                         wavelength_block&) const noexcept {
  return 0;
}

#endif

pulse_frames event_wavelengths::frames_of(std::span<const event_chunk> chunks) const {
  return guess_frames(
    *table_, chunks, [&](const event_chunk& c, std::size_t e) { return pixel_of(c, e) < pixels_; },
    [&](const event_chunk& c, std::size_t e, double shift) {
      return std::isnan(quickly_at(lengths_[pixel_of(c, e)], c.time_of_arrival[e] + shift));
    });
}

numbered_values by_number(std::span<const std::int32_t> numbers, std::span<const double> values, std::size_t most) {
  numbered_values all;
  if (numbers.size() != values.size())
    throw std::invalid_argument(fmt::format("{} pixels have {} values", numbers.size(), values.size()));
  if (numbers.empty()) return all;
  const auto [low, high] = std::ranges::minmax(numbers);
  const auto span = static_cast<std::size_t>(std::int64_t{high} - low) + 1;
  if (span > most) throw std::invalid_argument(fmt::format("detector numbers spread from {} to {}", low, high));
  all.first = low;
  all.values.assign(span, no_wavelength);
  std::vector<bool> taken(span);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto index = static_cast<std::size_t>(std::int64_t{numbers[i]} - low);
    if (taken[index]) throw std::invalid_argument(fmt::format("detector number {} occurs twice", numbers[i]));
    taken[index] = true;
    all.values[index] = values[i];
  }
  return all;
}

} // namespace livedata
