#include "workflows/geometry/detector_geometry.hpp"

#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/parametric_chain.hpp"
#include "workflows/geometry/round_bank.hpp"
#include "workflows/geometry/straw_bank.hpp"
#include "workflows/instrument/json_node.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

detector_geometry make_pixels(const detector& d, const json_node& node) {
  auto kind = node.at("kind");
  auto name = kind.text();
  if (name == "straw_bank") return make_straw_bank(d, node);
  if (name == "round_bank") return make_round_bank(d, node);
  if (name == "box_bank") return make_box_bank(d, node);
  kind.refuse("\"straw_bank\", \"round_bank\", \"box_bank\", \"nexus\"");
}

} // namespace

result<detector_layout> make_layout(const detector& d) {
  if (d.geometry.is_null()) {
    return failure{"no_geometry", fmt::format("detector \"{}\" has no geometry, so its pixels have no positions; add "
                                              "\"geometry\" to it in the instrument file",
                                              d.name)};
  }
  try {
    json_node node(d.geometry, "its top level");
    if (node.at("kind").value() == "nexus") return make_nexus_layout(d, node);
    auto chain = read_chain(node);
    return detector_layout{make_pixels(d, node), std::move(chain)};
  } catch (const json_error& e) {
    return failure{"bad_geometry", fmt::format("geometry of detector \"{}\": {}", d.name, e.what())};
  } catch (const nexus_error& e) {
    return failure{"bad_geometry", fmt::format("geometry of detector \"{}\": {}", d.name, e.what())};
  }
}

result<detector_geometry> place(const detector_layout& layout, std::span<const entry_value> given) {
  auto all = layout.chain.at(given);
  if (!all) return all.error();
  auto g = layout.local;
  if (*all == affine{}) return g;
  for (auto& p : g.positions)
    p = all->point(p);
  if (g.shape) g.shape = cylinder_shape{all->direction(g.shape->axis), all->direction(g.shape->radius)};
  return g;
}

result<detector_geometry> make_geometry(const detector& d) {
  auto layout = make_layout(d);
  if (!layout) return layout.error();
  auto placed = place(*layout);
  if (!placed) {
    return failure{placed.error().reason,
                   fmt::format("geometry of detector \"{}\": {}", d.name, placed.error().message)};
  }
  return placed;
}

} // namespace livedata
