// Arithmetic of points and directions.
#pragma once

#include "workflows/geometry/vec3.hpp"

#include <cmath>

namespace livedata {

constexpr vec3 operator+(const vec3& a, const vec3& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}

constexpr vec3 operator-(const vec3& a, const vec3& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}

constexpr vec3 operator*(double s, const vec3& a) {
  return {s * a.x, s * a.y, s * a.z};
}

constexpr double dot(const vec3& a, const vec3& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

inline double length(const vec3& a) {
  return std::sqrt(dot(a, a));
}

inline vec3 unit(const vec3& a) {
  return (1 / length(a)) * a;
}

// The angle between two directions. Exact for small angles and for those near 180°, where a cosine is not.
inline double angle(const vec3& a, const vec3& b) {
  const auto ua = unit(a);
  const auto ub = unit(b);
  return 2 * std::atan2(length(ua - ub), length(ua + ub));
}

} // namespace livedata
