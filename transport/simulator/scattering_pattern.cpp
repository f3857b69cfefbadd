#include "transport/simulator/scattering_pattern.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace livedata {

namespace {

// Angle at which the smooth part has fallen to a half.
constexpr double half_angle = 2 * degree;

// Beyond this many widths a ring is as good as nothing.
constexpr double ring_reach = 6;

vec3 unit_vector(const vec3& v) {
  auto length = std::hypot(v.x, v.y, v.z);
  return {v.x / length, v.y / length, v.z / length};
}

} // namespace

double scattering_intensity(double angle) {
  if (angle < beam_stop_angle) return 0;
  double rings = 0;
  for (const auto& ring : pattern_rings) {
    auto distance = (angle - ring.angle) / ring.width;
    if (std::abs(distance) < ring_reach) rings += ring.height * std::exp(-0.5 * distance * distance);
  }
  auto ratio = angle / half_angle;
  return (1 + rings) / (1 + ratio * ratio);
}

std::vector<double> pixel_weights(const detector_geometry& geometry) {
  std::optional<vec3> tube;
  if (geometry.shape) tube = unit_vector(geometry.shape->axis);
  std::vector<double> weights;
  weights.reserve(geometry.positions.size());
  for (const auto& p : geometry.positions) {
    auto square = p.x * p.x + p.y * p.y + p.z * p.z;
    if (!(square > 0)) {
      weights.push_back(0);
      continue;
    }
    // A piece of tube shows its side in full only to rays at right angles to it.
    double seen = 1;
    if (tube) {
      auto along = p.x * tube->x + p.y * tube->y + p.z * tube->z;
      seen = std::sqrt(std::max(0.0, 1 - along * along / square));
    }
    auto angle = std::atan2(std::sqrt(p.x * p.x + p.y * p.y), p.z);
    weights.push_back(scattering_intensity(angle) * seen / square);
  }
  return weights;
}

} // namespace livedata
