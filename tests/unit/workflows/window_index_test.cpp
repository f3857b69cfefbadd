#include "support/events.hpp"
#include "workflows/kernels/window_index.hpp"

#include <doctest/doctest.h>

#include <random>

namespace window_index_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::size_t screen_bins = 4;

struct fixture {
  pixel_table pixels{std::vector<std::int32_t>{0, 1, 2, 3}, 1};
  event_histogram histogram{screen_bins, time_bins(std::vector<double>{0, 10e6, 80e6})};
  event_tally tally;
  std::mt19937_64 rng{3};

  // 80,001 bytes.
  event_chunk message() { return make_chunk(random_events(rng, 10'000, 1, 4)); }

  void add(const event_chunk& chunk) {
    histogram.open_parts(1);
    histogram.add(0, std::span(&chunk, 1), pixels, tally);
  }

  void add(window_index& index, const event_chunk& chunk) {
    index.keep(std::span(&chunk, 1), pixels);
    add(chunk);
    index.limit(histogram);
  }

  std::vector<std::vector<std::uint64_t>> spectra(const event_histogram& h) const {
    std::vector<std::vector<std::uint64_t>> all;
    for (std::size_t s = 0; s < screen_bins; ++s)
      all.push_back(h.spectrum(s));
    return all;
  }
};

} // namespace

TEST_CASE("an index keeps the events of a window as long as their messages take few bytes, then the counts before it") {
  fixture f;
  f.add(f.message());
  f.add(f.message());
  const auto before = f.spectra(f.histogram);
  window_index index(250'000);
  // The parts of one message take its bytes once.
  const auto message = f.message();
  for (std::size_t i = 0; i < 10; ++i)
    f.add(index, message.part(i * 1000, 1000));
  f.add(index, f.message());
  REQUIRE(index.before() == nullptr);
  auto rest = f.spectra(f.histogram);
  index.each_counted(f.histogram.bins(), [&](std::size_t s, std::size_t k) { --rest[s][k]; });
  CHECK(rest == before);
  f.add(index, f.message());
  f.add(index, f.message());
  REQUIRE(index.before() != nullptr);
  CHECK(f.spectra(*index.before()) == before);
  index.clear();
  CHECK(index.before() == nullptr);
}

} // namespace window_index_test
