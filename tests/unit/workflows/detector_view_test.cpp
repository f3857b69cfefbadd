#include "support/events.hpp"
#include "support/outputs.hpp"
#include "workflows/detector_view/detector_view.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace detector_view_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int32_t first_pixel = 51;
constexpr std::size_t pixels = 60;

// Pixels of three replicas scattered over ten bins; some show nowhere.
screen scattered_screen(std::mt19937_64& rng) {
  screen s;
  s.dims = {{"y", 2}, {"x", 5}};
  s.first_pixel = first_pixel;
  s.weights.assign(10, 2.0);
  std::uniform_int_distribution<std::int32_t> bin(-1, 9);
  for (int r = 0; r < 3; ++r) {
    pixel_map map(pixels);
    for (auto& b : map)
      b = bin(rng);
    s.replicas.push_back(std::move(map));
  }
  return s;
}

detector_view_params params_from(const json& given) {
  return to_view_params(complete_parameters(detector_view_model(), given));
}

double scalar(const std::vector<workflow_output>& outputs, std::string_view name) {
  const auto& a = output(outputs, name);
  CHECK(a.data.dims.empty());
  CHECK(a.data.unit == "counts");
  return numbers(a).at(0);
}

std::int64_t time_of(const data_array& a, std::string_view coord) {
  const auto* c = a.coord(coord);
  REQUIRE(c != nullptr);
  CHECK(c->unit == "ns");
  return std::get<std::vector<std::int64_t>>(c->data).at(0);
}

// Everything by definition: a plain three-index histogram.
struct naive_view {
  std::vector<double> edges_ns;
  std::vector<std::vector<double>> counts;

  naive_view(std::size_t bins, std::vector<double> edges) : edges_ns(std::move(edges)), counts(bins) {
    for (auto& c : counts)
      c.assign(edges_ns.size() - 1, 0.0);
  }

  void add(const std::vector<event>& events, const pixel_map& map) {
    for (const auto& e : events) {
      auto p = static_cast<std::int64_t>(e.pixel) - first_pixel;
      if (p < 0 || p >= static_cast<std::int64_t>(map.size())) continue;
      auto s = map[static_cast<std::size_t>(p)];
      if (s < 0) continue;
      for (std::size_t k = 0; k + 1 < edges_ns.size(); ++k)
        if (edges_ns[k] <= e.time_of_arrival && e.time_of_arrival < edges_ns[k + 1])
          counts[static_cast<std::size_t>(s)][k] += 1;
    }
  }

  std::vector<double> image(std::size_t first, std::size_t last) const {
    std::vector<double> out;
    for (const auto& c : counts) {
      double sum = 0;
      for (auto k = first; k < last; ++k)
        sum += c[k];
      out.push_back(sum);
    }
    return out;
  }

  double total() const {
    double sum = 0;
    for (const auto& x : image(0, edges_ns.size() - 1))
      sum += x;
    return sum;
  }
};

} // namespace

TEST_CASE("E-5: images, totals and the whole histogram agree with a naive reference, bin by bin, for random events") {
  std::mt19937_64 rng(11);
  for (int round = 0; round < 30; ++round) {
    auto s = scattered_screen(rng);
    detector_view_params params;
    params.edges = {round % 3 * 1.5, 71.43, 1 + round * 7, false, "ms"};
    params.range = {10.0, 30.0, round % 2 == 0, "ms"};
    detector_view view(s, params);
    auto edges_ms = params.edges.values();
    auto edges = edges_in_ns(params.edges);
    std::size_t first = 0;
    auto last = edges.size() - 1;
    if (params.range.enabled) { // the bins that overlap the range
      while (first < last && edges_ms[first + 1] <= 10.0)
        ++first;
      while (last > first && edges_ms[last - 1] >= 30.0)
        --last;
    }
    naive_view cumulative(10, edges);
    std::uint64_t received = 0;
    for (std::size_t batch = 0; batch < 7; ++batch) {
      naive_view window(10, edges);
      std::vector<event_chunk> chunks;
      for (int c = 0; c < 3; ++c) {
        auto events = random_events(rng, 400, first_pixel - 10, first_pixel + 70);
        window.add(events, s.replicas[batch % 3]);
        cumulative.add(events, s.replicas[batch % 3]);
        chunks.push_back(make_chunk(events));
        received += events.size();
      }
      view.accumulate(make_batch("bank", std::move(chunks)));
      auto outputs = view.finalize();
      REQUIRE(numbers(output(outputs, "current")) == window.image(first, last));
      REQUIRE(numbers(output(outputs, "cumulative")) == cumulative.image(first, last));
      CHECK(scalar(outputs, "counts_total") == window.total());
      CHECK(scalar(outputs, "counts_total_cumulative") == cumulative.total());
      double in_range = 0;
      for (auto x : cumulative.image(first, last))
        in_range += x;
      CHECK(scalar(outputs, "counts_in_toa_range_cumulative") == in_range);
    }
    for (std::size_t bin = 0; bin < 10; ++bin) {
      auto spectrum = view.histogram().spectrum(bin);
      REQUIRE(std::vector<double>(spectrum.begin(), spectrum.end()) == cumulative.counts[bin]);
    }
    auto tally = view.tally();
    CHECK(tally.received == received);
    CHECK(tally.accepted == static_cast<std::uint64_t>(cumulative.total()));
    CHECK(tally.received == tally.accepted + tally.unknown_pixel + tally.out_of_range);
    CHECK(tally.unknown_pixel > 0);
    CHECK(tally.out_of_range > 0);
  }
}

TEST_CASE("counts go on exactly when 32 bits are not enough for them") {
  std::mt19937_64 rng(12);
  auto s = scattered_screen(rng);
  std::vector<double> edges{0, 20e6, 40e6, 72e6};
  view_counts narrow_first(10, time_bins(edges), {0, 3}, 2500);
  naive_view naive(10, edges);
  event_tally tally;
  for (int i = 0; i < 10; ++i) {
    auto events = random_events(rng, 700, first_pixel, first_pixel + 59);
    narrow_first.add(make_chunk(events), pixel_table(s.replicas[0], first_pixel), tally);
    naive.add(events, s.replicas[0]);
  }
  for (std::size_t bin = 0; bin < 10; ++bin) {
    auto spectrum = narrow_first.histogram().spectrum(bin);
    CHECK(std::vector<double>(spectrum.begin(), spectrum.end()) == naive.counts[bin]);
  }
}

TEST_CASE("outputs come in the order of publication, with units, dimensions and times") {
  std::mt19937_64 rng(13);
  detector_view view(scattered_screen(rng), params_from(json::object()));
  view.accumulate(
    make_batch("bank", {make_chunk(random_events(rng, 100, first_pixel, first_pixel + 59))}, {1000}, {2000}));
  view.accumulate(
    make_batch("bank", {make_chunk(random_events(rng, 100, first_pixel, first_pixel + 59))}, {2000}, {3000}));
  auto outputs = view.finalize();
  std::vector<std::string> names;
  for (const auto& o : outputs)
    names.push_back(o.name);
  CHECK(names == std::vector<std::string>{"cumulative", "current", "counts_total", "counts_in_toa_range",
                                          "counts_total_cumulative", "counts_in_toa_range_cumulative"});
  const auto& image = output(outputs, "current");
  CHECK(image.data.dims == std::vector<std::string>{"y", "x"});
  CHECK(image.data.shape == std::vector<std::int64_t>{2, 5});
  CHECK(image.data.unit == "counts");
  for (const auto* window : {"current", "counts_total", "counts_in_toa_range"}) {
    CHECK(time_of(output(outputs, window), "start_time") == 1000);
    CHECK(time_of(output(outputs, window), "time") == 3000);
  }
  for (const auto* cumulative : {"cumulative", "counts_total_cumulative", "counts_in_toa_range_cumulative"})
    CHECK(output(outputs, cumulative).coord("start_time") == nullptr);

  view.accumulate(make_batch("bank", {}, {3000}, {4000}));
  outputs = view.finalize();
  CHECK(time_of(output(outputs, "current"), "start_time") == 3000);
  CHECK(scalar(outputs, "counts_total") == 0);
}

TEST_CASE("pixel weighting divides images and leaves totals") {
  std::mt19937_64 rng(14);
  auto s = scattered_screen(rng);
  s.weights[3] = 0; // a bin that no pixel reaches
  s.weighted_coords.emplace_back("z", make_scalar(2.0, "m"));
  for (auto& map : s.replicas)
    for (auto& b : map)
      if (b == 3) b = 4;
  auto events = random_events(rng, 1000, first_pixel, first_pixel + 59);
  detector_view plain(s, params_from(json::object()));
  detector_view weighted(s, params_from({{"pixel_weighting", {{"enabled", true}}}}));
  plain.accumulate(make_batch("bank", {make_chunk(events)}));
  weighted.accumulate(make_batch("bank", {make_chunk(events)}));
  auto a = plain.finalize();
  auto b = weighted.finalize();
  for (std::size_t i = 0; i < 10; ++i) {
    auto x = numbers(output(b, "cumulative"))[i];
    if (i == 3)
      CHECK(std::isnan(x));
    else
      CHECK(x == numbers(output(a, "cumulative"))[i] / 2.0);
  }
  CHECK(scalar(a, "counts_total") == scalar(b, "counts_total"));
  // Where the screen is comes with weighted images, behind their edges.
  CHECK(output(a, "current").coord("z") == nullptr);
  CHECK(output(b, "counts_total").coord("z") == nullptr);
  const auto& coords = output(b, "current").coords;
  REQUIRE(coords.size() == s.coords.size() + 3);
  CHECK(coords[s.coords.size()] == std::pair<std::string, variable>{"z", make_scalar(2.0, "m")});
  CHECK(coords[s.coords.size() + 1].first == "start_time");
}

TEST_CASE("batches take the replicas in turn, and a clear does not start the turn anew") {
  std::mt19937_64 rng(15);
  auto s = scattered_screen(rng);
  detector_view view(s, params_from(json::object()));
  auto events = random_events(rng, 2000, first_pixel, first_pixel + 59, 0, 71'000'000);
  std::vector<std::vector<double>> images;
  for (int i = 0; i < 5; ++i) {
    if (i == 2) view.clear();
    view.accumulate(make_batch("bank", {make_chunk(events)}));
    images.push_back(numbers(output(view.finalize(), "current")));
  }
  CHECK(images[0] != images[1]);
  CHECK(images[1] != images[2]);
  CHECK(images[0] == images[3]);
  CHECK(images[1] == images[4]);
}

TEST_CASE("a clear forgets everything that was counted") {
  std::mt19937_64 rng(16);
  detector_view view(scattered_screen(rng), params_from(json::object()));
  auto batch = [&] { return make_batch("bank", {make_chunk(random_events(rng, 500, first_pixel, first_pixel + 59))}); };
  view.accumulate(batch());
  view.finalize();
  view.accumulate(batch());
  view.clear();
  view.accumulate(make_batch("bank", {}));
  auto outputs = view.finalize();
  CHECK(scalar(outputs, "counts_total_cumulative") == 0);
  CHECK(numbers(output(outputs, "cumulative")) == std::vector<double>(10, 0.0));
  CHECK(view.histogram().spectrum(0) == std::vector<std::uint64_t>(100, 0));
}

TEST_CASE("events without pixel ids are an error of the batch") {
  std::mt19937_64 rng(17);
  detector_view view(scattered_screen(rng), params_from(json::object()));
  auto chunk = make_chunk(random_events(rng, 5, first_pixel, first_pixel + 5));
  chunk.pixel_id = {};
  CHECK_THROWS_WITH(view.accumulate(make_batch("bank", {chunk})), doctest::Contains("bank"));
}

} // namespace detector_view_test
