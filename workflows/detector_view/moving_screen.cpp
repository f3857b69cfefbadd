#include "workflows/detector_view/moving_screen.hpp"

#include <limits>
#include <stdexcept>
#include <utility>

namespace livedata {

moving_screen::moving_screen(pixel_grid pixels, detector_layout layout, projection how,
                             std::vector<context_binding> bindings)
  : pixels_(std::make_shared<const pixel_grid>(std::move(pixels))), layout_(std::move(layout)), how_(std::move(how)),
    chain_(pixels_->name, layout_.chain, std::move(bindings)) {}

moving_screen::change moving_screen::update(unmapped_screen& s, std::shared_ptr<const detector_geometry>& g) {
  return chain_.update([&](const affine& /*where*/, std::span<const entry_value> entries) {
    auto placed = place(layout_, entries);
    if (!placed) throw std::runtime_error(placed.error().message);
    auto where_now = std::make_shared<const detector_geometry>(std::move(placed).value());
    s = project_unmapped(pixels_, where_now, how_);
    g = std::move(where_now);
  });
}

void moving_screen::state(archive& a, screen& s, detector_geometry& g) {
  chain_.state(a);
  if (!a.loading()) return;
  s = unplaced_screen(how_);
  g = {};
  if (!chain_.placed()) return;
  auto placed = place(layout_, chain_.placed_entries());
  if (!placed) a.refuse("position_placed", "has no position of the detector");
  s = project(*pixels_, *placed, how_);
  g = std::move(placed).value();
}

screen unplaced_screen(const projection& how) {
  screen s;
  s.dims = how.resolution;
  for (const auto& [dim, bins] : s.dims)
    s.coords.emplace_back(
      dim,
      make_vector(
        dim, std::vector<double>(static_cast<std::size_t>(bins) + 1, std::numeric_limits<double>::quiet_NaN()), "m"));
  s.weighted_coords.emplace_back(how.kind == projection_kind::xy_plane ? "z" : "r",
                                 make_scalar(std::numeric_limits<double>::quiet_NaN(), "m"));
  s.weights.assign(static_cast<std::size_t>(volume(s.dims)), 0.0);
  s.replicas.emplace_back();
  return s;
}

} // namespace livedata
