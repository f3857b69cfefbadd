// Geometry kind "straw_bank": flat layers of parallel tubes, each with seven straws, one in the middle and six around
// it.
//
// Keys (lengths in m, z along the beam, y up):
//   straw_axis          "x" or "y": the direction of all tubes. They lie side by side along the other of the two.
//   straw_length        sensitive length of a straw
//   straw_radius        from the centre line of a straw to its wall
//   straw_ring_radius   from the centre line of a tube to those of its six outer straws
//   tube_pitch          between neighbouring tubes of a layer
//   layer_pitch         between layers, along z
//   layer_stagger       how far the odd layers are shifted across the tubes against the even ones; 0 if left out
//   position            [x, y, z] of the centre of the bank
//   transformations     as for every kind, see parametric_chain.hpp
//
// Pixels are numbered row-major as (layer, tube, straw, pixel): layers downstream, tubes toward growing y or x, the
// middle straw first, pixels toward growing x or y.
#pragma once

#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/json_node.hpp"

namespace livedata {

// `node` is the geometry of `d`. Throws json_error.
detector_geometry make_straw_bank(const detector& d, const json_node& node);

} // namespace livedata
