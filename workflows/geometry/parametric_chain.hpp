// The member "transformations" of a parametric geometry, the same for every kind: a list that takes the place of the
// depends_on chain of a NeXus file. The first acts first. Each has
//   kind     "translation" or "rotation"
//   vector   [x, y, z]
//   value    number, in `unit`
//   unit     "m", "cm", "mm"; "deg", "rad"
//   offset   [x, y, z] in m, added before its own operation; 0 if left out
//   entry    path by which a log or device can set the value ("chain_entry" of a context); may be left out
#pragma once

#include "workflows/geometry/transformation.hpp"
#include "workflows/instrument/json_node.hpp"

namespace livedata {

// The identity if there are no "transformations". Throws json_error.
transformation_chain read_chain(const json_node& geometry);

// A list of three numbers. Throws json_error.
vec3 read_vec3(const json_node& node);

} // namespace livedata
