#include "support/events.hpp"
#include "support/outputs.hpp"
#include "support/random_steps.hpp"
#include "support/saved_state.hpp"
#include "workflows/detector_view/detector_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace moving_view_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int32_t pixels = 200;
const std::string carriage = "/entry/instrument/carriage/value";

detector_layout bank_on_carriage() {
  detector_layout layout;
  std::mt19937_64 rng(5);
  std::uniform_real_distribution<double> at(-0.5, 0.5);
  for (std::int32_t p = 0; p < pixels; ++p)
    layout.local.positions.push_back({at(rng), at(rng), 0.2 * at(rng)});
  transformation t;
  t.vector = {0, 0, 1};
  t.offset = {0, 0, 5};
  t.unit = "mm";
  t.entry = carriage;
  layout.chain = transformation_chain({t});
  return layout;
}

const projection how{projection_kind::xy_plane, position_noise::gaussian, 0.02, false, {{"y", 8}, {"x", 8}}};
const pixel_grid grid{"bank", {{"pixel", pixels}}};

std::unique_ptr<detector_view> view_on_carriage() {
  context_binding b{"carriage", {"bank"}, carriage, {}};
  view_features features;
  features.regions = true;
  return std::make_unique<detector_view>(moving_screen(grid, bank_on_carriage(), how, {b}), unplaced_screen(how),
                                         to_view_params(complete_parameters(detector_view_model(), json::object())),
                                         features);
}

// A view that stands still where the carriage is at `mm`.
std::unique_ptr<detector_view> view_at(double mm) {
  std::vector<entry_value> given{{carriage, mm, "mm"}};
  view_features features;
  features.regions = true;
  return std::make_unique<detector_view>(project(grid, place(bank_on_carriage(), given).value(), how),
                                         to_view_params(complete_parameters(detector_view_model(), json::object())),
                                         features);
}

job_data batch(std::uint64_t seed, std::size_t n) {
  std::mt19937_64 rng(seed);
  return make_batch("bank", {make_chunk(random_events(rng, n, 1, pixels, 0, 71'000'000))});
}

double total(const std::vector<workflow_output>& outputs, std::string_view name) {
  return numbers(output(outputs, name)).at(0);
}

} // namespace

TEST_CASE("9, 59: counts go on where the detector stands still, and start anew when it has moved") {
  auto view = view_on_carriage();
  view->set_context("carriage", position_log({4000, 5000}));
  view->accumulate(batch(1, 2000));
  auto out = view->finalize();
  CHECK(total(out, "counts_total_cumulative") == 2000);
  auto still = view_at(5000);
  still->accumulate(batch(1, 2000));
  auto expected = still->finalize();
  CHECK(output(out, "cumulative") == output(expected, "cumulative"));

  view->set_context("carriage", position_log({5000})); // again where it is
  view->accumulate(batch(2, 3000));
  CHECK(total(view->finalize(), "counts_total_cumulative") == 5000);

  view->set_context("carriage", position_log({5000, 6000}));
  view->accumulate(batch(3, 1000));
  out = view->finalize();
  CHECK(total(out, "counts_total_cumulative") == 1000);
  CHECK(total(out, "counts_total") == 1000);
  auto moved = view_at(6000);
  moved->accumulate(batch(3, 1000));
  expected = moved->finalize();
  CHECK(output(out, "cumulative") == output(expected, "cumulative"));
  CHECK(numbers(output(out, "current")) == numbers(output(expected, "current")));
}

TEST_CASE("56: every batch uses the next replica; a report of the position starts the turn anew") {
  auto view = view_on_carriage();
  auto image = [&] {
    view->accumulate(batch(7, 5000));
    return numbers(output(view->finalize(), "current"));
  };
  view->set_context("carriage", position_log({100}));
  auto first = image();
  auto second = image();
  CHECK(first != second);
  view->clear(); // does not touch the turn
  CHECK(image() != first);
  view->set_context("carriage", position_log({100}));
  CHECK(image() == first);
  CHECK(image() == second);
}

TEST_CASE("the map of a replica is made when its turn comes, so that the first batch after a move costs one of five") {
  auto view = view_on_carriage();
  auto still = view_at(700);
  view->set_context("carriage", position_log({700}));
  for (std::size_t turn = 0; turn < 12; ++turn) {
    CAPTURE(turn);
    view->accumulate(batch(turn, 500));
    still->accumulate(batch(turn, 500));
    CHECK(view->tables().size() == std::min<std::size_t>(turn + 1, 5));
    CHECK(still->tables().size() == 5);
    const auto out = view->finalize();
    const auto expected = still->finalize();
    CHECK(output(out, "current") == output(expected, "current"));
    CHECK(output(out, "cumulative") == output(expected, "cumulative"));
  }
  view->set_context("carriage", position_log({800}));
  view->accumulate(batch(1, 500));
  CHECK(view->tables().size() == 1);
}

TEST_CASE("weights of a detector that moves are those of all replicas, from the first batch on") {
  const auto params =
    to_view_params(complete_parameters(detector_view_model(), {{"pixel_weighting", {{"enabled", true}}}}));
  context_binding b{"carriage", {"bank"}, carriage, {}};
  detector_view moving(moving_screen(grid, bank_on_carriage(), how, {b}), unplaced_screen(how), params);
  std::vector<entry_value> given{{carriage, 700, "mm"}};
  detector_view still(project(grid, place(bank_on_carriage(), given).value(), how), params);
  moving.set_context("carriage", position_log({700}));
  for (std::uint64_t turn = 0; turn < 6; ++turn) {
    moving.accumulate(batch(turn, 500));
    still.accumulate(batch(turn, 500));
    CHECK(moving.tables().size() == 5);
    // Bins without pixels are not a number.
    CHECK(std::ranges::equal(numbers(output(moving.finalize(), "current")),
                             numbers(output(still.finalize(), "current")),
                             [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }));
  }
}

TEST_CASE("55: a projection keeps every event") {
  auto view = view_at(0);
  for (std::uint64_t i = 0; i < 6; ++i) {
    view->accumulate(batch(i, 1234));
    CHECK(total(view->finalize(), "counts_total") == 1234);
  }
}

TEST_CASE("regions hold on when the detector moves, and are cut again from the new screen") {
  auto view = view_on_carriage();
  view->set_context("carriage", position_log({0}));
  auto request = std::make_shared<data_array>();
  request->data = make_vector("bounds", std::vector<std::int32_t>{1, 1}, "dimensionless");
  request->set_coord("x", make_vector("bounds", std::vector<double>{-0.2, 0.3}, "m"));
  request->set_coord("y", make_vector("bounds", std::vector<double>{-100, 400}, "mm"));
  request->set_coord("roi_index", make_vector("bounds", std::vector<std::int32_t>{3, 3}, "dimensionless"));
  view->set_context("bank/x/roi_rectangle", array_ptr(request)); // before the first screen is known
  for (double mm : {0.0, 0.0, 800.0}) {
    view->set_context("carriage", position_log({mm}));
    view->accumulate(batch(9, 3000));
    auto out = view->finalize();
    auto still = view_at(mm);
    still->set_context("bank/x/roi_rectangle", array_ptr(request));
    still->accumulate(batch(9, 3000));
    auto expected = still->finalize();
    CHECK(numbers(output(out, "roi_spectra_current")) == numbers(output(expected, "roi_spectra_current")));
    CHECK(std::accumulate(numbers(output(out, "roi_spectra_current")).begin(),
                          numbers(output(out, "roi_spectra_current")).end(), 0.0) > 0);
    CHECK(output(out, "roi_rectangle") == *request);
  }
}

TEST_CASE("a position that is missing, empty or in a wrong unit is an error of its batch") {
  auto view = view_on_carriage();
  CHECK_THROWS_WITH(view->accumulate(batch(1, 10)), doctest::Contains("the position of bank is not known"));
  CHECK_THROWS_WITH(view->set_context("carriage", position_log({})), doctest::Contains("no value"));
  auto wrong = std::make_shared<log_series>(*position_log({1}));
  wrong->unit = "K";
  view->set_context("carriage", series_ptr(wrong));
  CHECK_THROWS(view->accumulate(batch(1, 10)));
  view->set_context("carriage", position_log({1}));
  view->accumulate(batch(1, 10));
  CHECK(total(view->finalize(), "counts_total_cumulative") == 10);
}

TEST_CASE("outputs given back before the detector moves do not come again with the coordinates of the old place") {
  auto thrifty = view_on_carriage();
  auto plain = view_on_carriage();
  std::uint64_t seed = 0;
  for (double mm : {0.0, 0.0, 50.0, 50.0, 20.0, 0.0}) {
    for (auto* view : {thrifty.get(), plain.get()}) {
      view->set_context("carriage", position_log({mm}));
      view->accumulate(batch(seed, 500));
    }
    ++seed;
    auto out = thrifty->finalize();
    auto expected = plain->finalize();
    REQUIRE(out.size() == expected.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      CAPTURE(mm);
      CAPTURE(out[i].name);
      CHECK(out[i].value == expected[i].value);
    }
    thrifty->reuse(std::move(out));
  }
}

TEST_CASE("a view that moves goes on bit by bit where it was saved and loaded") {
  using outputs = std::vector<workflow_output>;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 rng(seed);
    std::vector<workflow_step> steps;
    while (steps.size() < 20) {
      const auto what = rng() % 6;
      if (what < 2)
        steps.push_back([mm = 50.0 * static_cast<double>(rng() % 3)](workflow& w) {
          w.set_context("carriage", position_log({mm}));
          return outputs{};
        });
      else if (what < 4)
        steps.push_back([data = batch(rng(), 100)](workflow& w) {
          w.accumulate(data);
          return outputs{};
        });
      else if (what < 5)
        steps.push_back([wanted = random_regions(rng, false)](workflow& w) {
          w.set_context("bank/x/roi_rectangle", wanted);
          return outputs{};
        });
      else
        steps.push_back([](workflow& w) { return w.finalize(); });
    }
    const auto difference =
      difference_after_loading([] { return view_on_carriage(); }, steps, rng() % (steps.size() + 1));
    REQUIRE_MESSAGE(!difference, difference.value_or(""));
  }
}

} // namespace moving_view_test
