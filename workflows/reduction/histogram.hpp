// Histograms with axes, a unit and variances, and the arithmetic of reductions on them. Uncertainties are propagated as
// those of uncorrelated quantities.
#pragma once

#include "messages/data_array.hpp"
#include "workflows/archive.hpp"
#include "workflows/value_models.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// A dimension of a histogram: bin k is [edges[k], edges[k + 1]).
struct axis {
  std::string name;
  std::string unit;
  std::vector<double> edges;

  std::size_t bins() const noexcept { return edges.size() - 1; }

  std::vector<double> centres() const;

  friend bool operator==(const axis&, const axis&) = default;
};

// The axis of edges as a user gave them, in the user's unit, under the name of the quantity or another one.
axis make_axis(const edges_model& edges, quantity q);
axis make_axis(const edges_model& edges, std::string name);

// The sum of the weights of events, and of their squares: the variance of the sum.
struct weighted {
  double value = 0;
  double variance = 0;

  weighted& operator+=(const weighted& other) noexcept {
    value += other.value;
    variance += other.variance;
    return *this;
  }

  // One more event of that weight.
  void add(double weight) noexcept {
    value += weight;
    variance += weight * weight;
  }

  void state(archive& a);
};

// One cell for each combination of bins, row-major, the last axis innermost. Without axes: one cell.
class histogram {
public:
  histogram(std::vector<axis> axes, std::string unit);

  const std::vector<axis>& axes() const noexcept { return axes_; }

  const std::string& unit() const noexcept { return unit_; }

  std::span<weighted> cells() noexcept { return cells_; }

  std::span<const weighted> cells() const noexcept { return cells_; }

  weighted& operator[](std::size_t cell) noexcept { return cells_[cell]; }

  const weighted& operator[](std::size_t cell) const noexcept { return cells_[cell]; }

  std::size_t size() const noexcept { return cells_.size(); }

  void clear() noexcept;

  // Saves the cells only.
  void state(archive& a);

private:
  std::vector<axis> axes_;
  std::string unit_;
  std::vector<weighted> cells_;
};

// --- arithmetic. A name that is no axis of the histogram, and axes that differ, are errors of the program
// (std::invalid_argument).

// The sum over all cells.
weighted total(const histogram& h);

// Σ over one axis, which falls away.
histogram sum_over(const histogram& h, std::string_view axis_name);

// Each bin of that axis goes whole to the bin of `target` that its centre is in, or nowhere. `target` takes the place
// of the axis.
histogram regroup(const histogram& h, std::string_view axis_name, const axis& target);

// h / divisor and h · factor, which have no uncertainty. 0/0 is NaN.
histogram divide(const histogram& h, double divisor, std::string unit);
histogram multiply(const histogram& h, double factor, std::string unit);

// a / b, var = (var_a + (a/b)² var_b) / b².
histogram divide(const histogram& a, const histogram& b, std::string unit);

// The same, NaN where b is 0.
histogram divide_where_positive(const histogram& a, const histogram& b, std::string unit);

// The same cells over another axis of as many bins.
histogram with_axis(const histogram& h, std::string_view axis_name, axis replacement);

// --- results

enum class uncertainties : std::uint8_t { none, variances };

// With the edges as coordinates, in the order of the axes.
data_array to_array(const histogram& h, uncertainties u = uncertainties::variances);

// A number of events.
data_array to_array(const weighted& sum, std::string unit, uncertainties u = uncertainties::variances);

} // namespace livedata
