#include "support/events.hpp"
#include "support/outputs.hpp"
#include "workflows/kernels/rebin.hpp"
#include "workflows/monitor/monitor_histogram.hpp"
#include "workflows/partly_refused.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace monitor_histogram_test {

using namespace livedata;
using namespace livedata::test;

namespace {

job_data pulses(const std::vector<event>& events, timestamp start = {0}, timestamp end = {10}) {
  auto chunk = make_chunk(events);
  chunk.pixel_id = {};
  return make_batch("monitor", {chunk}, start, end);
}

} // namespace

TEST_CASE("66, 68: monitor events are counted by arrival time, with Poisson variances") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {2, 8, true, "ns"});
  m.accumulate(pulses({{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {-1, 0}, {10, 0}}));
  auto out = m.finalize();
  REQUIRE(out.size() == 6);
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 2, 2, 0, 0});
  CHECK(output(out, 0).variances == values(std::vector<double>{1, 2, 2, 0, 0}));
  CHECK(output(out, 0).data.unit == "counts");
  const auto* edges = output(out, 0).coord("time_of_arrival");
  REQUIRE(edges != nullptr);
  CHECK(edges->unit == "ns");
  CHECK(edges->data == values(std::vector<double>{0, 2, 4, 6, 8, 10}));
  CHECK(numbers(output(out, 2)) == std::vector<double>{5}); // counts_total
  CHECK(numbers(output(out, 3)) == std::vector<double>{4}); // in range
  CHECK(output(out, 2).variances == values(std::vector<double>{5}));
  auto tally = m.tally();
  CHECK(tally.received == 7);
  CHECK(tally.out_of_range == 2);
  CHECK(tally.accepted == 5);
}

TEST_CASE("E-8, workflows 17, 18, 69, 70: the window of a monitor starts anew with each result, the cumulative "
          "histogram goes on") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  m.accumulate(pulses({{1, 0}}, {100}, {200}));
  m.finalize();
  m.accumulate(pulses({{3, 0}, {3, 0}}, {200}, {300}));
  m.accumulate(pulses({{9, 0}}, {300}, {400}));
  auto out = m.finalize();
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 2, 0, 0, 1});
  CHECK(numbers(output(out, 1)) == std::vector<double>{0, 2, 0, 0, 1});
  CHECK(numbers(output(out, 4)) == std::vector<double>{4});
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("start_time")->data).at(0) == 200);
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("time")->data).at(0) == 400);
  CHECK(output(out, 0).coord("start_time") == nullptr);
  m.clear();
  m.accumulate(pulses({}));
  CHECK(numbers(output(m.finalize(), 0)) == std::vector<double>(5, 0.0));
}

namespace {

data_array histogram(const std::string& dim, std::vector<double> edges, values counts, const std::string& unit = "ns") {
  data_array a;
  a.data = {{dim}, {static_cast<std::int64_t>(size_of(counts))}, "counts", std::move(counts)};
  a.set_coord(dim, make_vector(dim, std::move(edges), unit));
  return a;
}

job_data histograms(const data_array& a) {
  return {{0}, {10}, {{"monitor", std::make_shared<const data_array>(a)}}, {}};
}

std::vector<double> random_edges(std::mt19937_64& rng, std::size_t bins) {
  std::uniform_real_distribution<double> step(0.01, 2);
  std::vector<double> edges{step(rng)};
  for (std::size_t i = 0; i < bins; ++i)
    edges.push_back(edges.back() + step(rng));
  return edges;
}

} // namespace

TEST_CASE("67: histograms are rebinned, whatever their dimension is called; the total stays") {
  for (const auto* dim : {"tof", "time_of_arrival", "frame_time", "anything"}) {
    monitor_histogram m({0, 10, 5, false, "ns"}, {2, 8, true, "ns"});
    std::vector<double> edges;
    for (int i = 0; i <= 10; ++i)
      edges.push_back(i);
    m.accumulate(histograms(histogram(dim, edges, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})));
    auto out = m.finalize();
    CHECK(output(out, 0).data.dims == std::vector<std::string>{"time_of_arrival"});
    CHECK(numbers(output(out, 0)) == std::vector<double>{3, 7, 11, 15, 19});
    CHECK(output(out, 0).variances == values(std::vector<double>{3, 7, 11, 15, 19}));
    CHECK(numbers(output(out, 2)) == std::vector<double>{55});
    CHECK(numbers(output(out, 3)) == std::vector<double>{7 + 11 + 15});
  }
}

TEST_CASE("bins of a monitor's histogram are split by overlap, in the unit of the user; what is outside is dropped") {
  monitor_histogram m({0, 4, 2, false, "us"}, {});
  auto a = histogram("tof", {-1000, 1000, 3000, 5000}, std::vector<double>{10, 20, 40}, "ns");
  a.variances = std::vector<double>{1, 2, 4};
  m.accumulate(histograms(a));
  auto out = m.finalize();
  CHECK(numbers(output(out, 1)) == std::vector<double>{5 + 10, 10 + 20});
  CHECK(output(out, 1).variances == values(std::vector<double>{0.5 + 1, 1 + 2}));
  // Since the last result nothing; in all the same.
  out = m.finalize();
  CHECK(numbers(output(out, 1)) == std::vector<double>{0, 0});
  CHECK(numbers(output(out, 0)) == std::vector<double>{15, 30});
  CHECK(numbers(output(out, 4)) == std::vector<double>{45});
}

TEST_CASE("edges of a monitor's histogram come in a unit of time in every spelling") {
  for (const auto* unit : {"us", "\u00b5s", "\u03bcs", "microseconds", "microsecond", "usec"}) {
    CAPTURE(unit);
    monitor_histogram m({0, 4, 2, false, "ms"}, {});
    m.accumulate(histograms(histogram("tof", {0, 1000, 3000, 5000}, std::vector<double>{10, 20, 40}, unit)));
    CHECK(numbers(output(m.finalize(), 1)) == std::vector<double>{20, 30});
  }
}

TEST_CASE("events and histograms of one monitor add up") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  m.accumulate(pulses({{1, 0}}));
  m.accumulate(histograms(histogram("t", {0, 10}, std::vector<std::int64_t>{10})));
  CHECK(numbers(output(m.finalize(), 0)) == std::vector<double>{3, 2, 2, 2, 2});
  m.clear();
  m.accumulate(pulses({{1, 0}}));
  CHECK(numbers(output(m.finalize(), 0)) == std::vector<double>{1, 0, 0, 0, 0});
}

TEST_CASE("a histogram that cannot be used is refused as a whole, and says why") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  auto good = histogram("t", {0, 10}, std::vector<double>{10});
  auto refused = [&](data_array a) { CHECK_THROWS_AS(m.accumulate(histograms(a)), std::exception); };
  auto a = good;
  a.coords.clear();
  refused(a);
  refused(histogram("t", {0, 5, 10}, std::vector<double>{10}));
  refused(histogram("t", {10, 0}, std::vector<double>{10}));
  refused(histogram("t", {0, 0}, std::vector<double>{10}));
  refused(histogram("t", {0, std::nan("")}, std::vector<double>{10}));
  refused(histogram("t", {0, 10}, std::vector<double>{std::nan("")}));
  refused(histogram("t", {0, 10}, std::vector<double>{std::numeric_limits<double>::infinity()}));
  refused(histogram("t", {0, 10}, std::vector<double>{1}, "mm"));
  a = good;
  a.data.dims = {"t", "u"};
  a.data.shape = {1, 1};
  refused(a);
  a = good;
  a.coords.front().second.unit.reset();
  refused(a);
  CHECK_THROWS_AS(m.accumulate({{0}, {1}, {{"monitor", series_ptr{}}}, {}}), std::invalid_argument);
  m.accumulate(histograms(good));
  CHECK(numbers(output(m.finalize(), 4)) == std::vector<double>{10});
}

TEST_CASE("of the arrays of a batch each is used or refused for itself") {
  const auto good = histogram("t", {0, 5, 10}, std::vector<double>{20, 25});
  auto centres = good;
  centres.coords.front().second = make_vector("t", std::vector<double>{2.5, 7.5}, "ns");
  const auto finer = histogram("t", {0, 2, 4, 10}, std::vector<double>{10, 15, 20});
  const auto nan = histogram("t", {0, 5, 10}, std::vector<double>{std::nan(""), 1});
  monitor_histogram m({0, 10, 2, false, "ns"}, {});
  auto given = [](const std::vector<data_array>& arrays) {
    job_data d{{0}, {10}, {}, {}};
    for (const auto& a : arrays)
      d.primary.push_back({"monitor", std::make_shared<const data_array>(a)});
    return d;
  };
  for (const auto& arrays : {std::vector{good, centres, finer}, std::vector{centres, finer, good, centres},
                             std::vector{nan, good, finer}, std::vector{good, finer, nan}}) {
    m.clear();
    CHECK_THROWS_AS(m.accumulate(given(arrays)), partly_refused);
    CHECK(numbers(output(m.finalize(), 2)) == std::vector<double>{90});
  }
  m.clear();
  m.accumulate(given({good, finer, good}));
  CHECK(numbers(output(m.finalize(), 2)) == std::vector<double>{135});
  CHECK_THROWS_AS(m.accumulate(given({nan, centres})), std::invalid_argument);
}

TEST_CASE("counts in another unit than before are refused, of events and of histograms alike") {
  auto in_unit = [](std::optional<std::string> unit) {
    auto a = histogram("t", {0, 10}, std::vector<double>{10});
    a.data.unit = std::move(unit);
    return histograms(a);
  };
  auto total = [](monitor_histogram& m) { return numbers(output(m.finalize(), 4)).front(); };
  monitor_histogram m({0, 10, 2, false, "ns"}, {});
  for (const auto* wrong : {"m", "counts/s", "s"})
    CHECK_THROWS_WITH_AS(m.accumulate(in_unit(wrong)), doctest::Contains("allowed: counts, dimensionless, or none"),
                         std::invalid_argument);
  m.accumulate(in_unit("counts"));
  m.accumulate(in_unit("count"));
  m.accumulate(pulses({{1, 0}}));
  for (const auto& wrong :
       {std::optional<std::string>("m"), std::optional<std::string>("dimensionless"), std::optional<std::string>()})
    CHECK_THROWS_WITH_AS(m.accumulate(in_unit(wrong)), doctest::Contains("those before have the unit 'counts'"),
                         std::invalid_argument);
  CHECK(total(m) == 21);
  m.clear();
  m.accumulate(in_unit(std::nullopt));
  CHECK_THROWS_AS(m.accumulate(in_unit("counts")), std::invalid_argument);
  CHECK_THROWS_AS(m.accumulate(pulses({{1, 0}})), std::invalid_argument);
  CHECK(total(m) == 10);
  m.clear();
  m.accumulate(pulses({{1, 0}}));
  CHECK_THROWS_AS(m.accumulate(in_unit("dimensionless")), std::invalid_argument);
  CHECK(total(m) == 1);
}

TEST_CASE("rebinning agrees with the overlap of every pair of bins, and keeps the sum where the targets cover it") {
  std::mt19937_64 rng(11);
  std::uniform_int_distribution<std::size_t> size(1, 60);
  std::uniform_real_distribution<double> count(0, 1000);
  for (int round = 0; round < 500; ++round) {
    auto edges = random_edges(rng, size(rng));
    auto target = random_edges(rng, size(rng));
    std::vector<double> counts(edges.size() - 1);
    for (auto& c : counts)
      c = count(rng);
    std::vector<double> got(target.size() - 1);
    rebin(edges, counts, target, got);
    for (std::size_t k = 0; k < got.size(); ++k) {
      double expected = 0;
      for (std::size_t i = 0; i < counts.size(); ++i) {
        auto overlap = std::min(edges[i + 1], target[k + 1]) - std::max(edges[i], target[k]);
        if (overlap > 0) expected += counts[i] * overlap / (edges[i + 1] - edges[i]);
      }
      CHECK(got[k] == doctest::Approx(expected).epsilon(1e-12));
    }
    std::vector<double> wide{edges.front() - 1, (edges.front() + edges.back()) / 2, edges.back() + 1};
    std::vector<double> sums(2);
    rebin(edges, counts, wide, sums);
    double all = 0;
    for (auto c : counts)
      all += c;
    CHECK(sums[0] + sums[1] == doctest::Approx(all).epsilon(1e-12));
  }
}

TEST_CASE("random monitor events are counted as by a naive search of the edges") {
  std::mt19937_64 rng(12);
  for (int round = 0; round < 20; ++round) {
    edges_model edges{0.5, 71, 1 + round * 7, round % 2 == 0, round % 3 == 0 ? "ms" : "us"};
    if (edges.unit == "us") edges.stop = 71000;
    monitor_histogram m(edges, {});
    auto events = random_events(rng, 5000, 0, 10);
    m.accumulate(pulses(events));
    auto in_ns = edges_in_ns(edges);
    std::vector<double> expected(in_ns.size() - 1);
    for (const auto& e : events)
      for (std::size_t k = 0; k < expected.size(); ++k)
        if (in_ns[k] <= e.time_of_arrival && e.time_of_arrival < in_ns[k + 1]) ++expected[k];
    CHECK(numbers(output(m.finalize(), 0)) == expected);
  }
}

TEST_CASE(
  "the window after a refused histogram begins with what is counted, and float32 counts are summed in float64") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  auto at = [](data_array a, timestamp start, timestamp end) {
    return job_data{start, end, {{"monitor", std::make_shared<const data_array>(std::move(a))}}, {}};
  };
  m.accumulate(at(histogram("t", {0, 10}, std::vector<double>{10}), {100}, {200}));
  m.finalize();
  CHECK_THROWS(m.accumulate(at(histogram("t", {0, 5, 10}, std::vector<double>{10}), {200}, {300})));
  m.accumulate(at(histogram("t", {0, 10}, std::vector<float>{16777216}), {300}, {400}));
  m.accumulate(at(histogram("t", {0, 10}, std::vector<double>{1}), {400}, {500}));
  auto out = m.finalize();
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("start_time")->data).at(0) == 300);
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("time")->data).at(0) == 500);
  // 2^24 and one more, which a float would lose.
  CHECK(numbers(output(out, 2)) == std::vector<double>{16777217});
  CHECK(numbers(output(out, 3)) == std::vector<double>{16777217});
}

} // namespace monitor_histogram_test
