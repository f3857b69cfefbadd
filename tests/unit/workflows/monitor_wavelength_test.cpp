#include "support/events.hpp"
#include "support/outputs.hpp"
#include "support/saved_state.hpp"
#include "workflows/monitor/histogram_input.hpp"
#include "workflows/monitor/monitor_histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

namespace monitor_wavelength_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr double speed_at_1_angstrom = 3956.034;

// wavelength = 3956 t / L, from 10 to 30 m and up to 71.4 ms.
std::shared_ptr<const lookup_table> free_flight(double first_distance = 10) {
  lookup_table t;
  for (int i = 0; i <= 20; ++i)
    t.distance.push_back(first_distance + i);
  for (int j = 0; j <= 100; ++j)
    t.time.push_back(j * 714285.0);
  for (auto d : t.distance)
    for (auto x : t.time)
      t.wavelength.push_back(speed_at_1_angstrom * x * 1e-9 / d);
  t.pulse_period = 71'428'571.4;
  return std::make_shared<const lookup_table>(std::move(t));
}

const std::string stage = "/entry/instrument/monitor/stage/value";

// 20 m behind the source, or so much further as a stage says, in mm.
monitor_beam beam(bool moves = false, double first_distance = 10) {
  transformation t;
  t.vector = {0, 0, 1};
  t.offset = {0, 0, -3};
  t.unit = "mm";
  t.entry = stage;
  if (!moves) t.value = 0;
  monitor_beam b{"monitor", free_flight(first_distance), {0, 0, -23}, transformation_chain({t})};
  if (moves) b.bindings.push_back({"stage", {"monitor"}, stage, {}});
  return b;
}

const edges_model edges{0, 10, 10, false, "\u00c5"};

monitor_histogram at_20_m() {
  return {edges, {2, 5, true, "\u00c5"}, beam()};
}

std::int32_t time_of(double wavelength, double path = 20) {
  return static_cast<std::int32_t>(wavelength * path / speed_at_1_angstrom * 1e9);
}

job_data events_of(const std::vector<double>& wavelengths, double path = 20) {
  std::vector<event> events;
  for (auto w : wavelengths)
    events.push_back({time_of(w, path), 0});
  auto chunk = make_chunk(events);
  chunk.pixel_id = {};
  return make_batch("monitor", {chunk}, {0}, {10});
}

job_data histogram_over(const std::string& dim, std::vector<double> bins, std::vector<double> counts) {
  auto a = std::make_shared<data_array>();
  a->data = make_vector(dim, std::move(counts), "counts");
  a->set_coord(dim, make_vector(dim, std::move(bins), "ms"));
  return {{0}, {10}, {{"monitor", array_ptr(a)}}, {}};
}

double flight_path_of(const data_array& a) {
  return std::get<std::vector<double>>(a.coord("Ltotal")->data).at(0);
}

} // namespace

TEST_CASE("events of a monitor are counted by wavelength, and every output carries the flight path") {
  auto m = at_20_m();
  m.accumulate(events_of({0.5, 1.5, 1.5, 4.5, 9.9, 12, 20}));
  const auto out = m.finalize();
  REQUIRE(out.size() == 6);
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 2, 0, 0, 1, 0, 0, 0, 0, 1});
  CHECK(output(out, 0).variances == values(std::vector<double>{1, 2, 0, 0, 1, 0, 0, 0, 0, 1}));
  CHECK(output(out, 0).data.dims == std::vector<std::string>{"wavelength"});
  CHECK(output(out, 0).coord("wavelength")->unit == "\u00c5");
  CHECK(output(out, 0).coords.front().first == "Ltotal");
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(flight_path_of(output(out, i)) == 20);
  CHECK(numbers(output(out, "counts_total")) == std::vector<double>{5});
  CHECK(numbers(output(out, "counts_in_toa_range")) == std::vector<double>{1});
  CHECK(m.tally() == event_tally{7, 5, 0, 1, 1});
}

TEST_CASE("71, 72: a monitor that has moved starts anew; one that is reported where it is goes on") {
  monitor_histogram m(edges, {}, beam(true));
  CHECK_THROWS_AS(m.accumulate(events_of({1.5})), std::runtime_error);
  m.set_context("stage", position_log({0}));
  m.accumulate(events_of({1.5, 2.5}));
  m.set_context("stage", position_log({0}));
  m.accumulate(events_of({3.5}));
  CHECK(numbers(output(m.finalize(), "counts_total_cumulative")) == std::vector<double>{3});
  m.set_context("stage", position_log({1000}));
  m.accumulate(events_of({4.5}, 21));
  const auto out = m.finalize();
  CHECK(numbers(output(out, "counts_total_cumulative")) == std::vector<double>{1});
  CHECK(numbers(output(out, "current")) == std::vector<double>{0, 0, 0, 0, 1, 0, 0, 0, 0, 0});
  CHECK(flight_path_of(output(out, 0)) == 21);
  CHECK_THROWS_AS(m.set_context("other", position_log({1})), std::invalid_argument);
  // In time of arrival nothing moves it.
  monitor_histogram by_time({0, 71, 10, false, "ms"}, {});
  CHECK_THROWS_AS(by_time.set_context("stage", position_log({1})), std::invalid_argument);
}

TEST_CASE("a monitor out of reach of the table is refused, or fails when it moves there, with both ranges") {
  CHECK_THROWS_WITH_AS(monitor_histogram(edges, {}, beam(false, 30)), doctest::Contains("30.0000 to 50.0000 m"),
                       std::runtime_error);
  monitor_histogram m(edges, {}, beam(true));
  m.set_context("stage", position_log({50'000}));
  CHECK_THROWS_WITH_AS(m.accumulate(events_of({1})), doctest::Contains("70.0000"), std::runtime_error);
  m.set_context("stage", position_log({0}));
  CHECK_NOTHROW(m.accumulate(events_of({1})));
}

TEST_CASE("73: histograms over frame_time, tof and time_of_flight come to wavelengths, and no others") {
  for (const auto* dim : {"frame_time", "tof", "time_of_flight"}) {
    auto m = at_20_m();
    // 20 m / 3956 m/s per Å: 1 Å is 5.0556 ms. Bins of exactly one and two of them.
    const auto one = 20 / speed_at_1_angstrom * 1e3;
    m.accumulate(histogram_over(dim, {one, 2 * one, 4 * one}, {5, 8}));
    const auto found = numbers(output(m.finalize(), 0));
    CHECK(found[1] == doctest::Approx(5).epsilon(1e-9));
    CHECK(found[2] == doctest::Approx(4).epsilon(1e-9));
    CHECK(found[3] == doctest::Approx(4).epsilon(1e-9));
    CHECK(std::reduce(found.begin(), found.end()) == doctest::Approx(13).epsilon(1e-9));
  }
  auto m = at_20_m();
  CHECK_THROWS_WITH_AS(m.accumulate(histogram_over("channel", {0, 1}, {5})), doctest::Contains("frame_time"),
                       std::invalid_argument);
}

TEST_CASE("wavelengths that fall and rise again are brought to one grid; none at all are an error") {
  // Two frames overlap: 2 to 4 Å come by, and then 1 to 3 Å of the next pulse.
  lookup_table t;
  t.distance = {10, 30};
  t.time = {0, 1e6, 2e6, 3e6, 4e6, 5e6};
  for (int row = 0; row < 2; ++row)
    for (auto w : {2.0, 3.0, 4.0, 1.0, 2.0, 3.0})
      t.wavelength.push_back(w);
  t.pulse_period = 5e6;
  const event_wavelengths wavelengths(std::make_shared<const lookup_table>(t), 20.0);
  const monitor_counts counts{{0, 1e6, 2e6, 3e6, 4e6, 5e6}, {10, 20, 99, 4, 6}, {10, 20, 99, 4, 6}};
  const auto all = to_wavelengths(counts, wavelengths, 20);
  CHECK(all.edges == std::vector<double>{1, 2, 3, 4});
  CHECK(all.value == std::vector<double>{4, 16, 20});
  CHECK(all.variance == std::vector<double>{4, 16, 20});
  for (auto& w : t.wavelength)
    w = 3;
  const event_wavelengths flat(std::make_shared<const lookup_table>(t), 20.0);
  CHECK_THROWS_WITH_AS(to_wavelengths(counts, flat, 20), doctest::Contains("no increasing wavelengths"),
                       std::invalid_argument);
}

TEST_CASE("a monitor in wavelengths goes on bit by bit where it was saved and loaded, also when it has moved") {
  std::vector<workflow_step> steps;
  const auto context = [&](double mm) {
    steps.push_back([mm](workflow& w) {
      w.set_context("stage", position_log({mm}));
      return std::vector<workflow_output>{};
    });
  };
  const auto batch = [&](double wavelength) {
    steps.push_back([wavelength](workflow& w) {
      w.accumulate(events_of({wavelength, 3}));
      return std::vector<workflow_output>{};
    });
  };
  const auto result = [&] { steps.push_back([](workflow& w) { return w.finalize(); }); };
  batch(1);
  context(0);
  batch(2);
  result();
  batch(2.5);
  context(500);
  batch(4);
  batch(5);
  result();
  context(500);
  batch(6);
  for (std::size_t after = 0; after <= steps.size(); ++after) {
    const auto difference = difference_after_loading(
      [] { return std::make_unique<monitor_histogram>(edges, range_model{}, beam(true)); }, steps, after);
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
}

TEST_CASE("edges in nm count like those in Å, and keep their unit") {
  monitor_histogram m({0, 1, 10, false, "nm"}, {2, 5, true, "\u00c5"}, beam());
  m.accumulate(events_of({0.5, 1.5, 4.5}));
  const auto out = m.finalize();
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 1, 0, 0, 1, 0, 0, 0, 0, 0});
  CHECK(output(out, 0).coord("wavelength")->unit == "nm");
  CHECK(numbers(output(out, "counts_in_toa_range")) == std::vector<double>{1});
}

} // namespace monitor_wavelength_test
