// The screen of a detector that moves. Streams report its position; the screen is made anew from it.
#pragma once

#include "workflows/archive.hpp"
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
  // case `s` is replaced by the new screen. An entry whose stream has not reported yet keeps its own value. Throws
  // std::runtime_error if it has none, or if the positions cannot be projected.
  change update(screen& s);

  // Loading replaces `s` by the screen that held.
  void state(archive& a, screen& s);

private:
  struct reading {
    double value = 0;
    std::string unit;

    void state(archive& a);
  };

  struct input {
    context_binding binding;
    std::optional<reading> latest;
    // Where the screen was made for.
    std::optional<reading> placed;

    void state(archive& a);
  };

  std::vector<entry_value> given(std::optional<reading> input::*which) const;

  pixel_grid pixels_;
  detector_layout layout_;
  projection how_;
  std::vector<input> inputs_;
  // Nothing: the screen is the unplaced one.
  std::optional<affine> placed_;
  bool reported_ = false;
};

// The screen as long as positions are not known: edges are NaN, and no pixel shows.
screen unplaced_screen(const projection& how);

} // namespace livedata
