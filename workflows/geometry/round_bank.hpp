// Geometry kinds "round_bank" and "box_bank": the dimensions of a detector laid out regularly along three coordinates.
//
// Each coordinate has the dimensions that lie along it, folded row-major, and the interval that they fill with pixels
// of equal size (a pixel is at the middle of its part). Every dimension of the detector lies along exactly one
// coordinate.
//
//   { "kind": "box_bank",
//     "x": { "dims": ["x"], "from": -0.5, "to": 0.5 },      m
//     "y": { "dims": ["y"], "from": -0.5, "to": 0.5 },
//     "z": { "dims": [], "from": 4, "to": 4 } }
//
//   { "kind": "round_bank", "axis": "z",                    or "y"
//     "angle":  { "dims": […], "from": 0, "to": 360 },      degrees
//     "radius": { "dims": […], "from": 1.0, "to": 1.2 },    m
//     "along":  { "dims": […], "from": -0.5, "to": 0.5 } }  m, along the axis
//
// A round bank about z has x = radius·cos(angle), y = radius·sin(angle), z = along; about y, z = radius·cos(angle),
// x = radius·sin(angle), y = along.
#pragma once

#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/json_node.hpp"

namespace livedata {

// `node` is the geometry of `d`. Both throw json_error.
detector_geometry make_round_bank(const detector& d, const json_node& node);
detector_geometry make_box_bank(const detector& d, const json_node& node);

} // namespace livedata
