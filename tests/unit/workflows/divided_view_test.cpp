// A batch that is counted in pieces gives what it gives in one go.
#include "support/events.hpp"
#include "support/random_screen.hpp"
#include "workflows/detector_view/detector_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <thread>

namespace divided_view_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::size_t bank_pixels = 500;

detector_view_params with_bins(int n) {
  return to_view_params(complete_parameters(detector_view_model(), {{"toa_edges", {{"num_bins", n}}}}));
}

job_data random_batch(std::mt19937_64& rng, std::int64_t second) {
  std::vector<event_chunk> chunks;
  for (int i = 0; i < 5; ++i)
    chunks.push_back(
      make_chunk(random_events(rng, std::uniform_int_distribution<std::size_t>(0, 400)(rng), -5, bank_pixels + 5)));
  return make_batch("bank", std::move(chunks), {second}, {second + 1});
}

void run_on_threads(divided_work& work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < work.pieces(); ++i)
    threads.emplace_back([&work, i] { work.run(i); });
  for (auto& t : threads)
    t.join();
  work.join();
}

} // namespace

TEST_CASE("a view whose batches are counted in pieces, by any number of threads, gives what one worker gives") {
  std::mt19937_64 rng(77);
  for (int round = 0; round < 10; ++round) {
    auto s = random_screen(rng, bank_pixels, 2);
    view_features features;
    features.regions = round % 2 == 0;
    detector_view one(s, with_bins(7), features);
    detector_view several(s, with_bins(7), features);
    std::size_t divided = 0;
    for (std::int64_t second = 0; second < 12; ++second) {
      auto batch = random_batch(rng, second);
      one.accumulate(batch);
      if (auto work = several.divide(batch, 2 + static_cast<std::size_t>(second) % 4)) {
        run_on_threads(*work);
        ++divided;
      } else {
        several.accumulate(batch);
      }
      CHECK(one.tally() == several.tally());
      if (second == 6) {
        one.clear();
        several.clear();
      }
      if (second % 3 == 1) continue; // results are held back
      auto a = one.finalize();
      auto b = several.finalize();
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(a[i].name);
        CHECK(a[i].value == b[i].value);
      }
    }
    CHECK(divided > 5);
  }
}

TEST_CASE("a view is not divided where it would not pay, or where memory does not reach") {
  std::mt19937_64 rng(78);
  auto batch = random_batch(rng, 1);
  CHECK(detector_view(random_screen(rng, bank_pixels, 2), with_bins(7)).divide(batch, 2));
  CHECK_FALSE(detector_view(random_screen(rng, bank_pixels, 2), with_bins(7)).divide(batch, 1));
  CHECK_FALSE(detector_view(random_screen(rng, bank_pixels, 2), with_bins(10000)).divide(batch, 2));
  view_features poor;
  poor.regions_memory = 100;
  CHECK_FALSE(detector_view(random_screen(rng, bank_pixels, 2), with_bins(7), poor).divide(batch, 2));
  CHECK_FALSE(detector_view(random_screen(rng, bank_pixels, 2), with_bins(7)).divide({{0}, {1}, {}, {}}, 2));
}

TEST_CASE("a view that is asked to divide what it cannot take says so as it does when it accumulates") {
  std::mt19937_64 rng(79);
  detector_view view(random_screen(rng, bank_pixels, 2), with_bins(7));
  std::vector<std::int32_t> times(100);
  auto batch = std::make_shared<event_batch>();
  batch->add({{}, std::span<const std::int32_t>(times), {}, nullptr});
  job_data data{{0}, {1}, {{"bank", events_ptr(std::move(batch))}}, {}};
  CHECK_THROWS_AS(view.divide(data, 2), std::invalid_argument);
}

TEST_CASE("events are cut into shares of equal size, in order and without loss") {
  std::mt19937_64 rng(80);
  for (int round = 0; round < 200; ++round) {
    std::vector<event_chunk> chunks;
    std::int32_t number = 0;
    for (int i = std::uniform_int_distribution<int>(0, 4)(rng); i > 0; --i) {
      std::vector<event> events(std::uniform_int_distribution<std::size_t>(0, 9)(rng));
      for (auto& e : events)
        e = {number, number++};
      chunks.push_back(make_chunk(events));
    }
    auto parts = std::uniform_int_distribution<std::size_t>(1, 6)(rng);
    std::vector<std::vector<event_chunk>> shares;
    cut_evenly(chunks, parts, shares);
    REQUIRE(shares.size() == parts);
    std::int32_t next = 0;
    for (const auto& share : shares) {
      std::size_t size = 0;
      for (const auto& chunk : share)
        for (std::size_t i = 0; i < chunk.size(); ++i, ++size) {
          REQUIRE(chunk.time_of_arrival[i] == next);
          REQUIRE(chunk.pixel_id[i] == next++);
        }
      REQUIRE(size <= static_cast<std::size_t>(number) / parts + 1);
    }
    REQUIRE(next == number);
  }
}

} // namespace divided_view_test
