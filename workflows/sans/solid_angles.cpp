#include "workflows/sans/solid_angles.hpp"

#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/reduction/neutron.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace livedata {

namespace {

// Sums over ranges of a list, from sums over ever longer parts of it: nothing is taken away again, so that rounding
// does not grow with what lies outside of a range.
class range_sums {
public:
  explicit range_sums(std::span<const double> list) : n_(list.size()), nodes_(2 * list.size()) {
    std::ranges::copy(list, nodes_.begin() + static_cast<std::ptrdiff_t>(n_));
    for (std::size_t i = n_; i-- > 1;)
      nodes_[i] = nodes_[2 * i] + nodes_[2 * i + 1];
  }

  // Of the elements [first, last).
  double over(std::size_t first, std::size_t last) const {
    double sum = 0;
    for (auto i = first + n_, j = last + n_; i < j; i /= 2, j /= 2) {
      if (i % 2 == 1) sum += nodes_[i++];
      if (j % 2 == 1) sum += nodes_[--j];
    }
    return sum;
  }

private:
  std::size_t n_;
  std::vector<double> nodes_;
};

} // namespace

std::vector<double> solid_angles(const scattering_pixels& pixels, const std::string& what) {
  if (!pixels.shape)
    throw parameter_error(what + " has no pixel_shape with a cylinder in its geometry, so the solid angles of its "
                                 "pixels are not known");
  const auto axis = pixels.shape->axis;
  const auto tube_length = length(axis);
  const auto area = 2 * length(pixels.shape->radius) * tube_length;
  std::vector<double> omega;
  omega.reserve(pixels.size());
  for (const auto& b : pixels.scattered) {
    const auto cosine = dot(b, axis) / (length(b) * tube_length);
    omega.push_back(area * std::sqrt(1 - cosine * cosine) / dot(b, b));
  }
  return omega;
}

std::vector<double> solid_angle_by_q(std::span<const double> solid_angle, std::span<const double> sin_theta,
                                     std::span<const double> wavelength, std::span<const double> q_edges) {
  std::vector<std::pair<double, double>> pixels;
  pixels.reserve(sin_theta.size());
  for (std::size_t i = 0; i < sin_theta.size(); ++i)
    if (!std::isnan(sin_theta[i])) pixels.emplace_back(sin_theta[i], solid_angle[i]);
  std::ranges::sort(pixels, {}, &std::pair<double, double>::first);
  std::vector<double> sorted(pixels.size());
  std::ranges::transform(pixels, sorted.begin(), &std::pair<double, double>::second);
  const range_sums sums(sorted);
  const auto bins = q_edges.size() - 1;
  std::vector<double> h(bins * wavelength.size());
  for (std::size_t k = 0; k < wavelength.size(); ++k) {
    // The first pixel that is in or behind the bin that begins at an edge.
    const auto place = [&](double edge) {
      const auto found = std::ranges::partition_point(
        pixels, [&](const auto& p) { return neutron::momentum_transfer(wavelength[k], p.first) < edge; });
      return static_cast<std::size_t>(found - pixels.begin());
    };
    auto first = place(q_edges[0]);
    for (std::size_t q = 0; q < bins; ++q) {
      const auto last = place(q_edges[q + 1]);
      h[q * wavelength.size() + k] = sums.over(first, last);
      first = last;
    }
  }
  return h;
}

} // namespace livedata
