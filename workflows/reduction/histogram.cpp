#include "workflows/reduction/histogram.hpp"

#include "workflows/kernels/value_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace livedata {

namespace {

std::size_t cells_of(const std::vector<axis>& axes) {
  std::size_t n = 1;
  for (const auto& a : axes)
    n *= a.bins();
  return n;
}

// A histogram as outer × bins of one axis × inner.
struct axis_place {
  std::size_t number;
  std::size_t outer = 1;
  std::size_t bins;
  std::size_t inner = 1;
};

axis_place place_of(const std::vector<axis>& axes, std::string_view name) {
  const auto found = std::ranges::find(axes, name, &axis::name);
  if (found == axes.end()) throw std::invalid_argument(fmt::format("a histogram has no axis '{}'", name));
  axis_place p{static_cast<std::size_t>(found - axes.begin()), 1, found->bins(), 1};
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (i != p.number) (i < p.number ? p.outer : p.inner) *= axes[i].bins();
  return p;
}

// Adds bin k of the axis to bin `to[k]` of the axis of `sum`, which has the same outer and inner cells.
void add_bins(const histogram& h, const axis_place& p, std::span<const std::size_t> to, std::size_t bins,
              histogram& sum) {
  for (std::size_t o = 0; o < p.outer; ++o)
    for (std::size_t k = 0; k < p.bins; ++k) {
      if (to[k] >= bins) continue;
      const auto* from = &h[(o * p.bins + k) * p.inner];
      auto* cell = &sum[(o * bins + to[k]) * p.inner];
      for (std::size_t i = 0; i < p.inner; ++i)
        cell[i] += from[i];
    }
}

} // namespace

std::vector<double> axis::centres() const {
  std::vector<double> c(bins());
  for (std::size_t k = 0; k < c.size(); ++k)
    c[k] = 0.5 * (edges[k] + edges[k + 1]);
  return c;
}

axis make_axis(const edges_model& edges, quantity q) {
  return make_axis(edges, std::string(dimension_of(q)));
}

axis make_axis(const edges_model& edges, std::string name) {
  return {std::move(name), edges.unit, edges.values()};
}

void weighted::state(archive& a) {
  a.field("value", value);
  a.field("variance", variance);
}

histogram::histogram(std::vector<axis> axes, std::string unit)
  : axes_(std::move(axes)), unit_(std::move(unit)), cells_(cells_of(axes_)) {}

void histogram::clear() noexcept {
  std::ranges::fill(cells_, weighted{});
}

void histogram::state(archive& a) {
  std::vector<double> value;
  std::vector<double> variance;
  if (!a.loading())
    for (const auto& c : cells_) {
      value.push_back(c.value);
      variance.push_back(c.variance);
    }
  a.field("value", value, cells_.size());
  a.field("variance", variance, cells_.size());
  if (a.loading())
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i] = {value[i], variance[i]};
}

weighted total(const histogram& h) {
  weighted sum;
  for (const auto& c : h.cells())
    sum += c;
  return sum;
}

histogram sum_over(const histogram& h, std::string_view axis_name) {
  const auto p = place_of(h.axes(), axis_name);
  auto axes = h.axes();
  axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(p.number));
  histogram sum(std::move(axes), h.unit());
  add_bins(h, p, std::vector<std::size_t>(p.bins), 1, sum);
  return sum;
}

histogram regroup(const histogram& h, std::string_view axis_name, const axis& target) {
  const auto p = place_of(h.axes(), axis_name);
  const value_bins bins(target.edges);
  std::vector<std::size_t> to;
  for (auto c : h.axes()[p.number].centres())
    to.push_back(bins.find(c));
  auto axes = h.axes();
  axes[p.number] = target;
  histogram grouped(std::move(axes), h.unit());
  add_bins(h, p, to, bins.size(), grouped);
  return grouped;
}

histogram divide(const histogram& h, double divisor, std::string unit) {
  histogram out(h.axes(), std::move(unit));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {h[i].value / divisor, h[i].variance / (divisor * divisor)};
  return out;
}

histogram multiply(const histogram& h, double factor, std::string unit) {
  histogram out(h.axes(), std::move(unit));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {h[i].value * factor, h[i].variance * (factor * factor)};
  return out;
}

histogram divide(const histogram& a, const histogram& b, std::string unit) {
  if (a.axes() != b.axes()) throw std::invalid_argument("histograms over different axes cannot be divided");
  histogram out(a.axes(), std::move(unit));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto ratio = a[i].value / b[i].value;
    out[i] = {ratio, (a[i].variance + ratio * ratio * b[i].variance) / (b[i].value * b[i].value)};
  }
  return out;
}

histogram divide_where_positive(const histogram& a, const histogram& b, std::string unit) {
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  auto out = divide(a, b, std::move(unit));
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!(b[i].value > 0)) out[i] = {nan, nan};
  return out;
}

histogram with_axis(const histogram& h, std::string_view axis_name, axis replacement) {
  const auto p = place_of(h.axes(), axis_name);
  if (replacement.bins() != p.bins) throw std::invalid_argument("an axis can be replaced by one of as many bins only");
  auto axes = h.axes();
  axes[p.number] = std::move(replacement);
  histogram out(std::move(axes), h.unit());
  std::ranges::copy(h.cells(), out.cells().begin());
  return out;
}

data_array to_array(const histogram& h, uncertainties u) {
  data_array a;
  a.data.unit = h.unit();
  for (const auto& x : h.axes()) {
    a.data.dims.push_back(x.name);
    a.data.shape.push_back(static_cast<std::int64_t>(x.bins()));
    a.set_coord(x.name, make_vector(x.name, x.edges, x.unit));
  }
  std::vector<double> value(h.size());
  std::ranges::transform(h.cells(), value.begin(), &weighted::value);
  a.data.data = std::move(value);
  if (u == uncertainties::variances) {
    std::vector<double> variance(h.size());
    std::ranges::transform(h.cells(), variance.begin(), &weighted::variance);
    a.variances = std::move(variance);
  }
  return a;
}

data_array to_array(const weighted& sum, std::string unit, uncertainties u) {
  data_array a{{}, make_scalar(sum.value, std::move(unit)), {}, {}};
  if (u == uncertainties::variances) a.variances = std::vector<double>{sum.variance};
  return a;
}

} // namespace livedata
