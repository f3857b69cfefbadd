// Where the pixels of a detector are. Everything that needs positions takes this, whatever they come from: a parametric
// description in the instrument file, or a NeXus file.
#pragma once

#include "messages/result.hpp"
#include "workflows/geometry/transformation.hpp"
#include "workflows/geometry/vec3.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata {

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
  // One for each position. Empty: they are consecutive, from the first pixel of the detector.
  std::vector<std::int32_t> detector_numbers = {};
  // Why there is no shape; may be empty.
  std::string no_shape = {};
};

// A detector that may move: its pixels in its own coordinate system, and the transformations from there to that of the
// sample.
struct detector_layout {
  detector_geometry local;
  transformation_chain chain;
};

// Reads the layout of a detector as its `geometry` says. Takes long for a large detector. Reasons of failure:
// "no_geometry", "bad_geometry".
result<detector_layout> make_layout(const detector& d);

// Where the pixels are for the given values of entries of the chain. Fails ("bad_geometry") as transformation_chain::at
// does.
result<detector_geometry> place(const detector_layout& layout, std::span<const entry_value> given = {});

// Both, with the values that the entries have of their own.
result<detector_geometry> make_geometry(const detector& d);

} // namespace livedata
