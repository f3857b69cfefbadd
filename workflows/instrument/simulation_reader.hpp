// Reads "simulation" of an instrument file:
//
//   { "wavelengths": [1, 11],                                              Å
//     "choppers": { "bw_chopper1": { "frequency": 14, "delay": 17.86 } },  Hz, ms
//     "sample": { "kind": "spheres", "radius": 40, "background": 1e-4, "absorption": 0.05 } }
//
// or with the sample { "kind": "powder", "lattice_constant": 5.431, "absorption": 0 }. Choppers and sample may be left
// out.
#pragma once

#include "workflows/instrument/instrument.hpp"
#include "workflows/instrument/json_node.hpp"

namespace livedata {

// Throws json_error; choppers must be among those of the instrument.
simulation read_simulation(const json_node& node, const instrument& inst);

} // namespace livedata
