#include "workflows/detector_view/cylinder_noise.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace livedata {

namespace {

vec3 operator+(vec3 a, vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}

vec3 operator*(double f, vec3 a) {
  return {f * a.x, f * a.y, f * a.z};
}

double length(vec3 a) {
  return std::sqrt(a.x * a.x + a.y * a.y + a.z * a.z);
}

vec3 cross(vec3 a, vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

constexpr std::size_t noise_period = 107;
constexpr std::size_t noisy_replicas = 4;

// 107 displacements inside a piece of tube. The table holds 107 positions along the axis, 107 angles about it and 107
// squared distances from it.
std::vector<vec3> cylinder_displacements(const cylinder_shape& shape) {
  auto z = (1.0 / length(shape.axis)) * shape.axis;
  auto radius = length(shape.radius);
  auto x = (1.0 / radius) * shape.radius;
  auto y = cross(z, x);
  std::vector<vec3> out;
  out.reserve(noise_period);
  for (std::size_t i = 0; i < noise_period; ++i) {
    auto along = -0.5 + cylinder_noise[i];
    auto angle = 2 * std::numbers::pi * cylinder_noise[noise_period + i];
    auto distance = std::sqrt(radius * radius * cylinder_noise[2 * noise_period + i]);
    out.push_back((distance * std::cos(angle)) * x + (distance * std::sin(angle)) * y + along * shape.axis);
  }
  return out;
}

// Position of pixel p in replica r; replica 0 is exact.
struct replicated_positions {
  const std::vector<vec3>& exact;
  std::vector<vec3> displacements;

  std::size_t replicas() const { return displacements.empty() ? 1 : 1 + noisy_replicas; }

  vec3 at(std::size_t r, std::size_t p) const {
    if (r == 0) return exact[p];
    return exact[p] + displacements[((r - 1) * exact.size() + p) % displacements.size()];
  }
};

struct extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double x) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
};

// Equidistant bins over an extent whose upper end is still inside.
class axis {
public:
  axis(extent e, std::int64_t bins) : edges_(static_cast<std::size_t>(bins) + 1) {
    auto last = std::nextafter(e.high, std::numeric_limits<double>::infinity());
    auto step = (last - e.low) / static_cast<double>(bins);
    for (std::size_t i = 0; i < edges_.size(); ++i)
      edges_[i] = static_cast<double>(i) * step + e.low;
    edges_.back() = last;
    per_metre_ = 1 / step;
  }

  const std::vector<double>& edges() const { return edges_; }

  // -1 if `x` is in no bin. The computed index may be one off by rounding and is corrected by the edges.
  std::int64_t find(double x) const {
    if (!(x >= edges_.front() && x < edges_.back())) return -1;
    auto i = std::min(static_cast<std::size_t>((x - edges_.front()) * per_metre_), edges_.size() - 2);
    while (x < edges_[i])
      --i;
    while (x >= edges_[i + 1])
      ++i;
    return static_cast<std::int64_t>(i);
  }

private:
  std::vector<double> edges_;
  double per_metre_ = 0;
};

// The plane on which the picture is drawn: that of the pixel nearest to the sample, upstream or downstream of it.
double plane_of(const std::vector<vec3>& positions) {
  auto [low, high] = std::minmax_element(positions.begin(), positions.end(), [](vec3 a, vec3 b) { return a.z < b.z; });
  return low->z < 0 ? high->z : low->z;
}

void check(const detector& d, const detector_geometry& g, const resolution& r, position_noise noise) {
  if (static_cast<std::int64_t>(g.positions.size()) != d.pixel_count())
    throw parameter_error(fmt::format("detector {} has {} pixels, but its geometry {} positions", d.name,
                                      d.pixel_count(), g.positions.size()));
  auto names_axis = [](const auto& dim) { return dim.first == "x" || dim.first == "y"; };
  if (r.size() != 2 || !std::all_of(r.begin(), r.end(), names_axis) || r[0].first == r[1].first)
    throw parameter_error("the resolution of a projection on the xy plane must be over 'y' and 'x'");
  if (noise == position_noise::cylindrical && !g.shape)
    throw parameter_error(
      fmt::format("the pixels of detector {} have no tube shape, which cylindrical noise needs", d.name));
}

} // namespace

screen project_on_xy_plane(const detector& d, const detector_geometry& g, const resolution& r, position_noise noise,
                           bool flip_x) {
  check(d, g, r, noise);
  replicated_positions positions{g.positions, noise == position_noise::cylindrical ? cylinder_displacements(*g.shape)
                                                                                   : std::vector<vec3>{}};
  auto plane = plane_of(g.positions);
  auto project = [&](vec3 p) {
    auto t = plane / p.z;
    return std::pair{flip_x ? -p.x * t : p.x * t, p.y * t};
  };

  extent x_extent;
  extent y_extent;
  for (std::size_t replica = 0; replica < positions.replicas(); ++replica)
    for (std::size_t p = 0; p < g.positions.size(); ++p) {
      auto [x, y] = project(positions.at(replica, p));
      x_extent.include(x);
      y_extent.include(y);
    }
  if (!std::isfinite(x_extent.low) || !std::isfinite(y_extent.low) || !std::isfinite(x_extent.high) ||
      !std::isfinite(y_extent.high))
    throw parameter_error(
      fmt::format("the geometry of detector {} cannot be projected: a pixel lies in the plane of the sample", d.name));

  auto x_first = r[0].first == "x";
  auto outer_bins = r[0].second;
  auto inner_bins = r[1].second;
  axis outer(x_first ? x_extent : y_extent, outer_bins);
  axis inner(x_first ? y_extent : x_extent, inner_bins);

  screen s;
  s.first_pixel = d.first_pixel;
  s.dims = r;
  s.coords.emplace_back(r[0].first, make_vector(r[0].first, outer.edges(), "m"));
  s.coords.emplace_back(r[1].first, make_vector(r[1].first, inner.edges(), "m"));
  std::vector<float> hits(static_cast<std::size_t>(outer_bins * inner_bins), 0.0F);
  for (std::size_t replica = 0; replica < positions.replicas(); ++replica) {
    pixel_map map(g.positions.size());
    for (std::size_t p = 0; p < map.size(); ++p) {
      auto [x, y] = project(positions.at(replica, p));
      auto i = outer.find(x_first ? x : y);
      auto j = inner.find(x_first ? y : x);
      map[p] = i < 0 || j < 0 ? -1 : static_cast<std::int32_t>(i * inner_bins + j);
      if (map[p] >= 0) hits[static_cast<std::size_t>(map[p])] += 1.0F;
    }
    s.replicas.push_back(std::move(map));
  }
  // In single precision, as clients know the weights.
  s.weights.reserve(hits.size());
  for (auto h : hits)
    s.weights.push_back(static_cast<double>(h / static_cast<float>(positions.replicas())));
  return s;
}

} // namespace livedata
