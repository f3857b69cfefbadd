#include "workflows/kernels/event_counting.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace livedata {

#if defined(__x86_64__)

namespace {

constexpr std::size_t lanes = 8;

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i all_lanes(std::uint32_t x) noexcept {
  return _mm256_set1_epi32(static_cast<std::int32_t>(x));
}

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i load(const void* from) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[gnu::target("avx2"), gnu::always_inline]] inline void store(void* to, __m256i x) noexcept {
  _mm256_storeu_si256(static_cast<__m256i*>(to), x);
}

// Bins of arrival time; all ones in `inside` for times that are in one.
struct time_bin_lanes {
  __m256i bin;
  __m256i inside;
};

// Bins all of a width.
class equal_bins {
public:
  [[gnu::target("avx2")]] equal_bins(const time_bins& bins, const time_bins::single& s) noexcept
    : bins_(bins), low_(all_lanes(static_cast<std::uint32_t>(s.low))), last_(all_lanes(s.last)),
      factor_(_mm256_set1_ps(s.factor)), offset_(_mm256_set1_ps(s.offset)), doubtful_(_mm256_set1_ps(s.doubtful)) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline time_bin_lanes operator()(const std::byte* times) const noexcept {
    const auto distance = _mm256_sub_epi32(load(times), low_);
    const auto inside = _mm256_cmpeq_epi32(_mm256_min_epu32(distance, last_), distance);
    const auto x = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(distance), factor_), offset_);
    auto k = _mm256_cvttps_epi32(x);
    const auto fraction = _mm256_sub_ps(x, _mm256_cvtepi32_ps(k));
    const auto doubt = _mm256_and_si256(_mm256_castps_si256(_mm256_cmp_ps(fraction, doubtful_, _CMP_LT_OQ)), inside);
    if (_mm256_testz_si256(doubt, doubt) == 0) [[unlikely]]
      k = look_again(times, k, doubt);
    return {k, inside};
  }

private:
  [[gnu::target("avx2"), gnu::noinline]] __m256i look_again(const std::byte* times, __m256i k,
                                                            __m256i doubt) const noexcept {
    const packed_span<std::int32_t> t(times, lanes);
    std::array<std::int32_t, lanes> found;
    store(found.data(), k);
    for (auto open = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(doubt))); open != 0;
         open &= open - 1) {
      const auto lane = static_cast<std::size_t>(__builtin_ctz(open));
      found[lane] = bins_.find(t[lane]);
    }
    return load(found.data());
  }

  const time_bins& bins_;
  __m256i low_, last_;
  __m256 factor_, offset_, doubtful_;
};

// Any others are looked up one by one.
class other_bins {
public:
  [[gnu::target("avx2")]] explicit other_bins(const time_bins& bins) noexcept
    : bins_(bins), columns_(all_lanes(static_cast<std::uint32_t>(bins.size()))) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline time_bin_lanes operator()(const std::byte* times) const noexcept {
    const auto k = load(find(times).data());
    return {k, _mm256_cmpgt_epi32(columns_, k)};
  }

private:
  [[gnu::noinline]] std::array<std::uint32_t, lanes> find(const std::byte* times) const noexcept {
    const packed_span<std::int32_t> t(times, lanes);
    std::array<std::uint32_t, lanes> found;
    bins_.visit([&](const auto& search) {
      for (std::size_t i = 0; i < lanes; ++i)
        found[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(search(t[i]), bins_.size()));
    });
    return found;
  }

  const time_bins& bins_;
  __m256i columns_;
};

// Screen bins of pixels, or `nowhere` of the view. Of each entry the four bytes from its beginning are read.
template <class Entry>
class screen_bins {
public:
  static_assert(pixel_table::readable_behind >= sizeof(std::uint32_t) - sizeof(Entry));

  [[gnu::target("avx2")]] explicit screen_bins(const pixel_table::view<Entry>& table) noexcept
    : entries_(table.entries), first_(all_lanes(table.first_pixel)), size_(all_lanes(table.size)) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256i operator()(const std::byte* pixels) const noexcept {
    const auto entry = _mm256_i32gather_epi32(reinterpret_cast<const int*>(entries_), index_of(pixels), sizeof(Entry));
    return _mm256_and_si256(entry, all_lanes(pixel_table::view<Entry>::nowhere));
  }

  // Has their entries on their way into the cache.
  [[gnu::target("avx2")]] void fetch(const std::byte* pixels, std::size_t count) const noexcept {
    std::array<std::uint32_t, counting_block> indices;
    for (std::size_t i = 0; i < count; i += lanes)
      store(indices.data() + i, index_of(pixels + i * sizeof(std::int32_t)));
    for (std::size_t i = 0; i < count; ++i)
      __builtin_prefetch(entries_ + indices[i]);
  }

private:
  [[gnu::target("avx2"), gnu::always_inline]] inline __m256i index_of(const std::byte* pixels) const noexcept {
    return _mm256_min_epu32(_mm256_sub_epi32(load(pixels), first_), size_);
  }

  const Entry* entries_;
  __m256i first_, size_;
};

// Of pixels in runs. From the middle of a pixel to where its run begins or ends is half a pixel at least, which single
// precision tells as long as there are fewer than 2^20 pixels.
class screen_bins_of_runs {
public:
  [[gnu::target("avx2")]] explicit screen_bins_of_runs(const pixel_table::run_view& table) noexcept
    : first_(all_lanes(table.first_pixel)), last_(all_lanes(table.size - 1)), half_(_mm256_set1_ps(0.5F)),
      per_pixel_(_mm256_set1_ps(1.0F / static_cast<float>(table.length))) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256i operator()(const std::byte* pixels) const noexcept {
    const auto index = _mm256_sub_epi32(load(pixels), first_);
    const auto outside = _mm256_xor_si256(_mm256_cmpeq_epi32(_mm256_min_epu32(index, last_), index),
                                          all_lanes(pixel_table::run_view::nowhere));
    const auto middle = _mm256_add_ps(_mm256_cvtepi32_ps(index), half_);
    return _mm256_or_si256(_mm256_cvttps_epi32(_mm256_mul_ps(middle, per_pixel_)), outside);
  }

  void fetch(const std::byte* /*pixels*/, std::size_t /*count*/) const noexcept {}

private:
  __m256i first_, last_;
  __m256 half_, per_pixel_;
};

template <class Entry>
[[gnu::target("avx2")]] inline screen_bins<Entry> by_vectors(const pixel_table::view<Entry>& table) noexcept {
  return screen_bins<Entry>(table);
}

[[gnu::target("avx2")]] inline screen_bins_of_runs by_vectors(const pixel_table::run_view& table) noexcept {
  return screen_bins_of_runs(table);
}

// Where events count in a histogram.
class cells {
public:
  template <class Upper>
  [[gnu::target("avx2")]] explicit cells(const count_digits<Upper>& to) noexcept
    : columns_(all_lanes(static_cast<std::uint32_t>(to.time_bins))),
      nowhere_(all_lanes(static_cast<std::uint32_t>(to.nowhere))) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256i operator()(__m256i screen_bin, __m256i unseen,
                                                                        time_bin_lanes time) const noexcept {
    const auto cell = _mm256_add_epi32(_mm256_mullo_epi32(screen_bin, columns_), time.bin);
    return _mm256_blendv_epi8(nowhere_, cell, _mm256_andnot_si256(unseen, time.inside));
  }

private:
  __m256i columns_, nowhere_;
};

// Where they count in an image. Its range has a bin at least.
class image_bins {
public:
  [[gnu::target("avx2")]] explicit image_bins(const events_image& to) noexcept
    : first_(all_lanes(static_cast<std::uint32_t>(to.range.first))),
      last_(all_lanes(static_cast<std::uint32_t>(to.range.count) - 1)),
      nowhere_(all_lanes(static_cast<std::uint32_t>(to.nowhere))) {}

  [[gnu::target("avx2"), gnu::always_inline]] inline __m256i operator()(__m256i screen_bin, __m256i unseen,
                                                                        time_bin_lanes time) const noexcept {
    const auto place = _mm256_sub_epi32(time.bin, first_);
    const auto shown = _mm256_and_si256(_mm256_cmpeq_epi32(_mm256_min_epu32(place, last_), place), time.inside);
    return _mm256_blendv_epi8(nowhere_, screen_bin, _mm256_andnot_si256(unseen, shown));
  }

private:
  __m256i first_, last_, nowhere_;
};

using block_places = std::array<std::uint32_t, counting_block>;

// Calls f(places, events) for each block, but for the events that make up no eight. Gives the number of events whose
// pixel shows nowhere.
template <class View, class Bins, class Places, class F>
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t each_block(const event_chunk& chunk, const View table,
                                                                            const Bins& time_bin, const Places& place,
                                                                            const bool fetch_ahead, F&& f) noexcept {
  const auto* const times = chunk.time_of_arrival.data();
  const auto* const pixels = chunk.pixel_id.data();
  const auto n = chunk.size() - chunk.size() % lanes;
  const auto screen_bin = by_vectors(table);
  const auto hidden = all_lanes(View::nowhere);
  auto unknown = _mm256_setzero_si256();
  block_places places;
  for (std::size_t first = 0; first < n; first += counting_block) {
    const auto end = std::min(n, first + counting_block);
    if (fetch_ahead) screen_bin.fetch(pixels + end * sizeof(std::int32_t), std::min(n - end, counting_block));
    for (auto i = first; i < end; i += lanes) {
      const auto time = time_bin(times + i * sizeof(std::int32_t));
      const auto s = screen_bin(pixels + i * sizeof(std::int32_t));
      const auto unseen = _mm256_cmpeq_epi32(s, hidden);
      store(places.data() + (i - first), place(s, unseen, time));
      unknown = _mm256_sub_epi32(unknown, unseen);
    }
    f(places, end - first);
  }
  std::array<std::uint32_t, lanes> sums;
  store(sums.data(), unknown);
  std::uint64_t unknown_pixel = 0;
  for (auto u : sums)
    unknown_pixel += u;
  return unknown_pixel;
}

template <class Upper, class View, class Bins>
[[gnu::target("avx2")]] counting_outcome count_vectors(const count_digits<Upper> to, const event_chunk& chunk,
                                                       const View table, const Bins& time_bin,
                                                       const bool fetch_ahead) noexcept {
  const auto uncounted = to.uncounted();
  block_counter<Upper> counter(to);
  const auto unknown_pixel =
    each_block(chunk, table, time_bin, cells(to), fetch_ahead, [&](const block_places& places, std::size_t count) {
      if (fetch_ahead)
        for (std::size_t i = 0; i < count; ++i)
          __builtin_prefetch(to.lower + places[i], 1);
      counter.count(places, count);
    });
  const auto carried = counter.carry();
  return {unknown_pixel, to.uncounted_since(uncounted) - unknown_pixel, carried};
}

template <class View, class Bins>
[[gnu::target("avx2")]] void show_vectors(const events_image to, const event_chunk& chunk, const View table,
                                          const Bins& time_bin) noexcept {
  (void)each_block(chunk, table, time_bin, image_bins(to), false, [&](const block_places& places, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      ++to.screen_bins[places[i]];
  });
}

// Calls f(pixels, bins) with what fits both, by vectors.
template <class F>
auto visit_lanes(const pixel_table& pixels, const time_bins& bins, F&& f) {
  return pixels.visit([&](const auto& table) {
    if (const auto* single = bins.in_single()) return f(table, equal_bins(bins, *single));
    return f(table, other_bins(bins));
  });
}

event_chunk without_lanes(const event_chunk& chunk) {
  const auto rest = chunk.size() % lanes;
  return chunk.part(chunk.size() - rest, rest);
}

} // namespace

template <class Upper>
counting_outcome count_events_avx2(const count_digits<Upper>& to, const event_chunk& chunk, const pixel_table& pixels,
                                   const time_bins& bins, bool fetch_ahead) noexcept {
  const auto out = visit_lanes(pixels, bins, [&](const auto& table, const auto& time_bin) {
    return count_vectors(to, chunk, table, time_bin, fetch_ahead);
  });
  const auto last = count_events(to, without_lanes(chunk), pixels, bins, fetch_ahead);
  return {out.unknown_pixel + last.unknown_pixel, out.out_of_range + last.out_of_range, out.carried || last.carried};
}

std::uint64_t show_events_avx2(const events_image& to, const event_chunk& chunk, const pixel_table& pixels,
                               const time_bins& bins) noexcept {
  if (to.range.count == 0) return 0;
  const auto hidden = to.screen_bins[to.nowhere];
  visit_lanes(pixels, bins, [&](const auto& table, const auto& time_bin) { show_vectors(to, chunk, table, time_bin); });
  const auto rest = without_lanes(chunk);
  const auto by_vectors = chunk.size() - rest.size() - (to.screen_bins[to.nowhere] - hidden);
  return by_vectors + show_events(to, rest, pixels, bins);
}

#else

template <class Upper>
counting_outcome count_events_avx2(const count_digits<Upper>& to, const event_chunk& chunk, const pixel_table& pixels,
                                   const time_bins& bins, bool fetch_ahead) noexcept {
  return count_events(to, chunk, pixels, bins, fetch_ahead);
}

std::uint64_t show_events_avx2(const events_image& to, const event_chunk& chunk, const pixel_table& pixels,
                               const time_bins& bins) noexcept {
  return show_events(to, chunk, pixels, bins);
}

#endif

template counting_outcome count_events_avx2(const count_digits<std::uint32_t>&, const event_chunk&, const pixel_table&,
                                            const time_bins&, bool) noexcept;
template counting_outcome count_events_avx2(const count_digits<std::uint64_t>&, const event_chunk&, const pixel_table&,
                                            const time_bins&, bool) noexcept;

} // namespace livedata
