// Arithmetic of histograms against plain loops.
#include "workflows/reduction/delayed_adds.hpp"
#include "workflows/reduction/histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace reduction_histogram_test {

using namespace livedata;

namespace {

const axis angle_axis{"two_theta", "rad", {0, 1, 2, 3}};
const axis d_axis{"dspacing", "\u00c5", {1, 2, 4}};

histogram sample() {
  histogram h({angle_axis, d_axis}, "counts");
  for (std::size_t i = 0; i < h.size(); ++i)
    h[i] = {static_cast<double>(i + 1), static_cast<double>(10 * (i + 1))};
  return h;
}

std::vector<double> values_of(const histogram& h) {
  std::vector<double> v;
  for (const auto& c : h.cells())
    v.push_back(c.value);
  return v;
}

std::vector<double> variances_of(const histogram& h) {
  std::vector<double> v;
  for (const auto& c : h.cells())
    v.push_back(c.variance);
  return v;
}

using list = std::vector<double>;

} // namespace

TEST_CASE("sums over an axis add values and variances") {
  const auto over_angle = sum_over(sample(), "two_theta");
  CHECK(over_angle.axes() == std::vector<axis>{d_axis});
  CHECK(values_of(over_angle) == list{1 + 3 + 5, 2 + 4 + 6});
  CHECK(variances_of(over_angle) == list{90, 120});
  const auto over_d = sum_over(sample(), "dspacing");
  CHECK(values_of(over_d) == list{3, 7, 11});
  CHECK(total(sample()).value == 21);
  CHECK(total(sample()).variance == 210);
  CHECK_THROWS_AS(sum_over(sample(), "Q"), std::invalid_argument);
}

TEST_CASE("delayed adds give each cell its weights in the order in which they were told") {
  for (const std::size_t events : {0, 1, 15, 16, 17, 1000}) {
    auto at_once = sample();
    auto delayed = sample();
    {
      delayed_adds adds(delayed.cells());
      std::uint32_t random = 1;
      for (std::size_t e = 0; e < events; ++e) {
        random = random * 1664525 + 1013904223;
        const auto cell = random / 65536 % at_once.size();
        // Sums of such weights depend on their order.
        const auto weight = std::ldexp(1.1, static_cast<int>(random % 60));
        at_once[cell].add(weight);
        adds.add(cell, weight);
      }
    }
    CHECK(values_of(delayed) == values_of(at_once));
    CHECK(variances_of(delayed) == variances_of(at_once));
  }
}

TEST_CASE("regrouped bins go whole where their centre is, or nowhere") {
  const axis coarse{"two_theta", "deg", {0.5, 1.5, 2.6}};
  const auto grouped = regroup(sample(), "two_theta", coarse);
  CHECK(grouped.axes() == std::vector<axis>{coarse, d_axis});
  // Centres 0.5 and 1.5 begin a bin, 2.5 is in the second.
  CHECK(values_of(grouped) == list{1, 2, 3 + 5, 4 + 6});
  const axis of_d{"dspacing", "\u00c5", {0, 2, 3}};
  // Centres 1.5 and 3: the latter is outside.
  CHECK(values_of(regroup(sample(), "dspacing", of_d)) == list{1, 0, 3, 0, 5, 0});
}

TEST_CASE("quotients propagate the uncertainties of both, and nothing over nothing is not a number") {
  histogram a({d_axis}, "counts");
  histogram b({d_axis}, "counts");
  a[0] = {6, 4};
  b[0] = {3, 9};
  const auto q = divide(a, b, "dimensionless");
  CHECK(q[0].value == 2);
  CHECK(q[0].variance == (4 + 4 * 9) / 9.0);
  CHECK(std::isnan(q[1].value));
  a[1] = {5, 5};
  CHECK(std::isinf(divide(a, b, "")[1].value));
  const auto positive = divide_where_positive(a, b, "");
  CHECK(positive[0].value == 2);
  CHECK(std::isnan(positive[1].value));
  CHECK(std::isnan(positive[1].variance));
  const auto scaled = divide(a, 2.0, "x");
  CHECK(scaled[0].value == 3);
  CHECK(scaled[0].variance == 1);
  CHECK(scaled.unit() == "x");
  const auto back = multiply(scaled, 2.0, "y");
  CHECK(values_of(back) == values_of(a));
  CHECK(variances_of(back) == variances_of(a));
  CHECK_THROWS_AS(divide(a, sample(), ""), std::invalid_argument);
}

TEST_CASE("another axis of as many bins changes no cell") {
  const axis tof{"tof", "\u00b5s", {10, 20, 40}};
  const auto h = with_axis(sample(), "dspacing", tof);
  CHECK(h.axes() == std::vector<axis>{angle_axis, tof});
  CHECK(values_of(h) == values_of(sample()));
  CHECK_THROWS_AS(with_axis(sample(), "dspacing", angle_axis), std::invalid_argument);
}

TEST_CASE("a histogram goes out with its edges, in the order of its axes") {
  const auto a = to_array(sample());
  CHECK(a.data.dims == std::vector<std::string>{"two_theta", "dspacing"});
  CHECK(a.data.shape == std::vector<std::int64_t>{3, 2});
  CHECK(a.data.unit == "counts");
  CHECK(std::get<list>(a.data.data) == list{1, 2, 3, 4, 5, 6});
  CHECK(std::get<list>(*a.variances) == list{10, 20, 30, 40, 50, 60});
  REQUIRE(a.coords.size() == 2);
  CHECK(a.coords[0].first == "two_theta");
  CHECK(std::get<list>(a.coords[1].second.data) == list{1, 2, 4});
  CHECK_FALSE(to_array(sample(), uncertainties::none).variances);
  const auto scalar = to_array(histogram({}, "counts"));
  CHECK(scalar.data.dims.empty());
  CHECK(std::get<list>(scalar.data.data) == list{0});
}

} // namespace reduction_histogram_test
