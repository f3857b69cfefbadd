// Where the pixels of a detector are. Everything that needs positions takes this, whatever they come from: a parametric
// description in the instrument file today, a NeXus file the same way.
#pragma once

#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"

#include <array>
#include <optional>
#include <vector>

namespace livedata {

struct vec3 {
  double x = 0;
  double y = 0;
  double z = 0;

  friend bool operator==(const vec3&, const vec3&) = default;
};

// A pixel that is a piece of a tube: `axis` runs along it over its whole length, `radius` from its centre line to its
// surface, at right angles to the axis. Metres.
struct cylinder_shape {
  vec3 axis;
  vec3 radius;
};

struct detector_geometry {
  // Metres, in the coordinate system of the sample (z along the beam, y up), in the order of the detector numbers.
  std::vector<vec3> positions;
  // One shape for all pixels, if they are pieces of tubes.
  std::optional<cylinder_shape> shape;
};

// Places the pixels of a detector as its `geometry` says. Reasons of failure: "no_geometry", "bad_geometry".
result<detector_geometry> make_geometry(const detector& d);

} // namespace livedata
