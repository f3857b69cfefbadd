#include "workflows/geometry/detector_geometry.hpp"

#include "workflows/geometry/straw_bank.hpp"
#include "workflows/instrument/json_node.hpp"

#include <fmt/format.h>

namespace livedata {

result<detector_geometry> make_geometry(const detector& d) {
  if (d.geometry.is_null()) {
    return failure{"no_geometry", fmt::format("detector \"{}\" has no geometry, so its pixels have no positions; add "
                                              "\"geometry\" to it in the instrument file",
                                              d.name)};
  }
  try {
    json_node node(d.geometry, "its top level");
    auto kind = node.at("kind");
    if (kind.text() != "straw_bank") kind.refuse("\"straw_bank\"");
    return make_straw_bank(d, node);
  } catch (const json_error& e) {
    return failure{"bad_geometry", fmt::format("geometry of detector \"{}\": {}", d.name, e.what())};
  }
}

} // namespace livedata
