// A point or a direction in space.
#pragma once

namespace livedata {

struct vec3 {
  double x = 0;
  double y = 0;
  double z = 0;

  friend bool operator==(const vec3&, const vec3&) = default;
};

} // namespace livedata
