// The screen of a detector that moves: made anew from the positions that streams report.
#pragma once

#include "workflows/detector_view/screen.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

class moving_screen {
public:
  // `bindings`: the streams that move the detector, and the entries of its chain that they replace.
  moving_screen(pixel_grid pixels, detector_layout layout, projection how, std::vector<context_binding> bindings);

  bool takes(std::string_view stream) const;

  // Takes the latest value of a stream. Throws std::invalid_argument if it is no series, or an empty one.
  void set(std::string_view stream, const stream_value& value);

  enum class change { none, same, moved };

  // What has come since the last call: nothing, positions that leave the detector where it is, or others. In the last
  // case the screen is made anew: `s` is replaced. An entry whose stream has not reported yet has the value of its own,
  // if it has one. Throws std::runtime_error if it has none, or the positions cannot be projected.
  change update(screen& s);

private:
  struct input {
    context_binding binding;
    std::optional<entry_value> latest;
  };

  pixel_grid pixels_;
  detector_layout layout_;
  projection how_;
  std::vector<input> inputs_;
  std::optional<affine> placed_;
  bool reported_ = false;
};

// The screen as long as positions are not known: edges are NaN, and no pixel shows.
screen unplaced_screen(const projection& how);

} // namespace livedata
