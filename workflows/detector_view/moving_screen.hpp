// The screen of a detector that moves. Streams report its position; the screen is made anew from it.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/moving_chain.hpp"
#include "workflows/workflow.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace livedata {

class moving_screen {
public:
  // `bindings`: the streams that move the detector, and the entries of its chain that they replace.
  moving_screen(pixel_grid pixels, detector_layout layout, projection how, std::vector<context_binding> bindings);

  bool takes(std::string_view stream) const { return chain_.takes(stream); }

  // Takes the latest value of a stream. Throws std::invalid_argument if it is no series, or an empty one.
  void set(std::string_view stream, const stream_value& value) { chain_.set(stream, value); }

  using change = moving_chain::change;

  // What has come since the last call: nothing, positions that leave the detector where it is, or others. In the last
  // case `s` is replaced by the new screen, and `g` by where the pixels are now. Throws std::runtime_error if the
  // position is not known, or if the positions cannot be projected.
  change update(unmapped_screen& s, std::shared_ptr<const detector_geometry>& g);

  // Loading replaces `s` by the screen that held, and `g` by where the pixels were; an unplaced screen and no pixels if
  // the position was not known.
  void state(archive& a, screen& s, detector_geometry& g);

private:
  std::shared_ptr<const pixel_grid> pixels_;
  detector_layout layout_;
  projection how_;
  moving_chain chain_;
};

// The screen as long as positions are not known: edges are NaN, and no pixel shows.
screen unplaced_screen(const projection& how);

} // namespace livedata
