// Detector views in wavelengths, against a count of event after event.
#include "support/events.hpp"
#include "support/outputs.hpp"
#include "support/random_steps.hpp"
#include "support/saved_state.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/geometry/beamline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace wavelength_view_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int32_t pixels = 240;
constexpr std::int32_t first_pixel = 1000;
constexpr auto nan_value = std::numeric_limits<double>::quiet_NaN();
const std::string carriage = "/entry/instrument/carriage/value";
const projection how{projection_kind::xy_plane, position_noise::gaussian, 0.02, false, {{"y", 6}, {"x", 5}}};
const pixel_grid grid{"bank", {{"pixel", pixels}}, first_pixel};

// About 3956 t / L, with gaps.
std::shared_ptr<const lookup_table> table(std::int64_t stride = 1) {
  lookup_table t;
  std::mt19937 random(4);
  for (int i = 0; i <= 40; ++i)
    t.distance.push_back(25 + 0.25 * i);
  for (int j = 0; j <= 90; ++j)
    t.time.push_back(j * 800'000.0 * static_cast<double>(stride));
  for (auto d : t.distance)
    for (auto x : t.time)
      t.wavelength.push_back(random() % 40 == 0 ? nan_value : 0.2 + 3956.034 * x * 1e-9 / d);
  t.pulse_period = 72'000'000;
  t.pulse_stride = stride;
  return std::make_shared<const lookup_table>(std::move(t));
}

detector_layout bank(bool on_carriage) {
  detector_layout layout;
  std::mt19937_64 rng(5);
  std::uniform_real_distribution<double> at(-0.5, 0.5);
  for (std::int32_t p = 0; p < pixels; ++p)
    layout.local.positions.push_back({at(rng), at(rng), 0.2 * at(rng) + (on_carriage ? 0 : 5)});
  if (!on_carriage) return layout;
  transformation t;
  t.vector = {0, 0, 1};
  t.unit = "mm";
  t.entry = carriage;
  layout.chain = transformation_chain({t});
  return layout;
}

const vec3 source{0, 0, -23.6};
const vec3 sample{0, 0.01, 0.1};

view_features features(std::int64_t stride = 1) {
  view_features f;
  f.regions = true;
  view_beam beam{"bank", table(stride), source, sample, {}};
  for (std::int32_t p = 0; p < pixels; ++p)
    beam.numbers.push_back(first_pixel + p);
  f.beam = std::move(beam);
  return f;
}

detector_view_params params(const json& more = json::object()) {
  json given{{"coordinate_mode", {{"mode", "wavelength"}}},
             {"wavelength_edges", {{"start", 0.5}, {"stop", 9.5}, {"num_bins", 30}}}};
  given.update(more);
  return to_view_params(complete_parameters(detector_view_model(true), given));
}

std::unique_ptr<detector_view> still_view(const detector_view_params& p, std::int64_t stride = 1) {
  const auto placed = place(bank(false)).value();
  return std::make_unique<detector_view>(project(grid, placed, how), p, features(stride), placed);
}

std::unique_ptr<detector_view> moving_view() {
  context_binding b{"carriage", {"bank"}, carriage, {}};
  return std::make_unique<detector_view>(moving_screen(grid, bank(true), how, {b}), unplaced_screen(how), params(),
                                         features());
}

// The histogram of one batch, screen bin by wavelength, and what became of the events.
struct naive_count {
  std::vector<double> counts;
  event_tally tally;

  naive_count(const std::vector<event>& events, const pixel_map& map, const event_wavelengths& w,
              const std::vector<double>& edges, double shift = 0) {
    const auto bins = edges.size() - 1;
    counts.resize(30 * bins);
    for (const auto& e : events) {
      ++tally.received;
      const auto p = e.pixel - first_pixel;
      if (p < 0 || p >= pixels || map[static_cast<std::size_t>(p)] < 0) {
        ++tally.unknown_pixel;
        continue;
      }
      const auto x = w.at(w.flight_path(static_cast<std::size_t>(p)), e.time_of_arrival + shift);
      if (std::isnan(x)) {
        ++tally.out_of_table;
        continue;
      }
      const auto k = std::upper_bound(edges.begin(), edges.end(), x) - edges.begin() - 1;
      if (k < 0 || k >= static_cast<std::ptrdiff_t>(bins)) {
        ++tally.out_of_range;
        continue;
      }
      ++tally.accepted;
      counts[static_cast<std::size_t>(map[static_cast<std::size_t>(p)]) * bins + static_cast<std::size_t>(k)] += 1;
    }
  }

  std::vector<double> image(std::size_t bins, std::size_t first, std::size_t last) const {
    std::vector<double> sums(counts.size() / bins);
    for (std::size_t s = 0; s < sums.size(); ++s)
      for (auto k = first; k < last; ++k)
        sums[s] += counts[s * bins + k];
    return sums;
  }
};

std::vector<double> rows_of(const event_histogram& h) {
  std::vector<double> all;
  for (std::size_t s = 0; s < h.screen_size(); ++s)
    for (auto n : h.spectrum(s))
      all.push_back(static_cast<double>(n));
  return all;
}

} // namespace

TEST_CASE("a view in wavelengths counts as one event after the other does: images, totals, spectra, range and tally") {
  std::mt19937_64 rng(3);
  const auto placed = place(bank(false)).value();
  const auto replicas = project(grid, placed, how).replicas;
  for (const bool logarithmic : {false, true})
    for (const std::string unit : {"\u00c5", "nm"}) {
      const auto scale = unit == "nm" ? 0.1 : 1.0;
      const json more{{"wavelength_edges",
                       {{"start", 0.5 * scale},
                        {"stop", 9.5 * scale},
                        {"num_bins", 30},
                        {"unit", unit},
                        {"scale", logarithmic ? "log" : "linear"}}},
                      {"wavelength_range", {{"start", 2.0}, {"stop", 5.0}, {"enabled", true}}}};
      const auto p = params(more);
      auto view = still_view(p);
      const auto edges = edges_in_base(p.edges, quantity::wavelength);
      const auto range = bins_in_range(p.edges, p.range, quantity::wavelength);
      const auto first = static_cast<std::size_t>(range.first);
      const auto last = first + static_cast<std::size_t>(range.count);
      CHECK(range.count > 3);
      CHECK(range.count < 30);
      std::vector<double> all(30 * 30);
      event_tally tally;
      for (std::size_t batch = 0; batch < 6; ++batch) {
        const auto events = random_events(rng, batch % 2 == 0 ? 3000 : 20, first_pixel - 20, first_pixel + pixels + 20,
                                          -1'000'000, 75'000'000);
        view->accumulate(make_batch("bank", {make_chunk(events)}));
        const naive_count one(events, replicas[batch % 5], *view->wavelengths(), edges);
        std::ranges::transform(all, one.counts, all.begin(), std::plus<>());
        tally += one.tally;
        const auto out = view->finalize();
        REQUIRE(rows_of(view->histogram()) == all);
        CHECK(numbers(output(out, "current")) == one.image(30, first, last));
        CHECK(numbers(output(out, "counts_total"))[0] == static_cast<double>(one.tally.accepted));
        CHECK(output(out, "roi_spectra_current").data.dims == std::vector<std::string>{"roi", "wavelength"});
        CHECK(output(out, "roi_spectra_current").coord("event_time_offset") == nullptr);
        CHECK(output(out, "roi_spectra_current").coord("wavelength")->unit == unit);
      }
      CHECK(view->tally() == tally);
      CHECK(tally.out_of_table > 100);
      CHECK(tally.out_of_range > 100);
      CHECK(tally.unknown_pixel > 100);
    }
}

TEST_CASE("in pieces a view in wavelengths counts the same, for tables of one and of two pulses") {
  std::mt19937_64 rng(8);
  for (std::int64_t stride : {1, 2}) {
    auto whole = still_view(params(), stride);
    auto divided = still_view(params(), stride);
    for (std::int64_t b = 0; b < 5; ++b) {
      std::vector<event_chunk> chunks;
      for (std::int64_t m = 0; m < 4; ++m) {
        auto chunk = make_chunk(random_events(rng, 5000, first_pixel - 3, first_pixel + pixels + 3, 0, 72'000'000));
        chunk.pulse_time = timestamp{1'700'000'000'000'000'000 + (4 * b + m) * 72'000'000};
        chunks.push_back(chunk);
      }
      const auto data = make_batch("bank", chunks);
      whole->accumulate(data);
      auto work = divided->divide(data, 3);
      REQUIRE(work);
      for (auto p = work->pieces(); p-- > 0;)
        work->run(p);
      work->join();
      CHECK(bytes_of(whole->finalize()) == bytes_of(divided->finalize()));
    }
    CHECK(whole->tally() == divided->tally());
    CHECK(rows_of(whole->histogram()) == rows_of(divided->histogram()));
    CHECK(whole->tally().accepted > 1000);
  }
}

TEST_CASE("weighted images carry the place of the plane; others do not") {
  for (const bool weighted : {false, true}) {
    const auto view = still_view(params({{"pixel_weighting", {{"enabled", weighted}}}}));
    view->accumulate(make_batch("bank", {make_chunk(std::vector<event>{{20'000'000, first_pixel}})}));
    const auto out = view->finalize();
    const auto* z = output(out, "cumulative").coord("z");
    REQUIRE((z != nullptr) == weighted);
    if (weighted) CHECK(output(out, "current").coord("z")->unit == "m");
    CHECK(output(out, "counts_total").coord("z") == nullptr);
  }
}

TEST_CASE("a detector that moves has the flight paths of where it is; without a place there are no wavelengths") {
  std::mt19937_64 rng(6);
  const auto events = random_events(rng, 2000, first_pixel, first_pixel + pixels - 1, 0, 70'000'000);
  auto view = moving_view();
  CHECK_THROWS_AS(view->accumulate(make_batch("bank", {make_chunk(events)})), std::runtime_error);
  const auto edges = edges_in_base(params().edges, quantity::wavelength);
  for (double mm : {4000.0, 6000.0}) {
    view->set_context("carriage", position_log({mm}));
    view->accumulate(make_batch("bank", {make_chunk(events)}));
    const std::vector<entry_value> given{{carriage, mm, "mm"}};
    const auto placed = place(bank(true), given).value();
    const auto paths = flight_paths(source, sample, placed.positions);
    for (std::size_t p = 0; p < paths.size(); ++p)
      REQUIRE(view->wavelengths()->flight_path(p) == paths[p]);
    const naive_count one(events, project(grid, placed, how).replicas[0], *view->wavelengths(), edges);
    CHECK(rows_of(view->histogram()) == one.counts);
    view->finalize();
  }
  // Too far for the table: said, and mended by the next position.
  view->set_context("carriage", position_log({90'000}));
  for (int twice = 0; twice < 2; ++twice)
    CHECK_THROWS_WITH_AS(view->accumulate(make_batch("bank", {make_chunk(events)})),
                         doctest::Contains("covers distances"), std::runtime_error);
  view->set_context("carriage", position_log({4000}));
  CHECK_NOTHROW(view->accumulate(make_batch("bank", {make_chunk(events)})));
}

TEST_CASE("a view in wavelengths goes on bit by bit where it was saved and loaded") {
  std::mt19937_64 rng(12);
  std::vector<workflow_step> steps;
  for (int i = 0; i < 14; ++i) {
    const auto what = i % 7;
    if (what == 0)
      steps.push_back([mm = 4000.0 + 100 * i](workflow& w) {
        w.set_context("carriage", position_log({mm}));
        return std::vector<workflow_output>{};
      });
    else if (what == 3 || what == 6)
      steps.push_back([](workflow& w) { return w.finalize(); });
    else
      steps.push_back([data = make_batch("bank", {make_chunk(random_events(rng, 300, first_pixel, first_pixel + pixels,
                                                                           0, 70'000'000))})](workflow& w) {
        w.accumulate(data);
        return std::vector<workflow_output>{};
      });
  }
  for (std::size_t after = 0; after <= steps.size(); ++after) {
    const auto difference = difference_after_loading([] { return moving_view(); }, steps, after);
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
}

TEST_CASE("64: a table that does not reach the pixels is refused when the view is made") {
  auto f = features();
  lookup_table short_table = *f.beam->table;
  short_table.distance.resize(5);
  short_table.wavelength.resize(5 * short_table.time.size());
  f.beam->table = std::make_shared<const lookup_table>(std::move(short_table));
  const auto placed = place(bank(false)).value();
  CHECK_THROWS_WITH_AS(detector_view(project(grid, placed, how), params(), f, placed),
                       doctest::Contains("the flight paths of bank"), parameter_error);
}

} // namespace wavelength_view_test
