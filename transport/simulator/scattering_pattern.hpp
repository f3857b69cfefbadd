// The invented sample of the simulator: how much it scatters at which angle, and so how many events each pixel gets.
#pragma once

#include "workflows/geometry/detector_geometry.hpp"

#include <array>
#include <numbers>
#include <vector>

namespace livedata {

// A ring of the pattern: Gaussian in the scattering angle, on top of the smooth part and `height` times as high.
// Radians.
struct pattern_ring {
  double angle;
  double width;
  double height;
};

inline constexpr double degree = std::numbers::pi / 180;

// Nothing arrives at smaller angles.
inline constexpr double beam_stop_angle = 0.7 * degree;

// From the innermost to the outermost; the first two lie wholly on a detector that covers 5 degrees.
inline constexpr std::array<pattern_ring, 7> pattern_rings{{
  {2.4 * degree, 0.12 * degree, 4},
  {4.4 * degree, 0.15 * degree, 4},
  {7.2 * degree, 0.2 * degree, 4},
  {10.2 * degree, 0.25 * degree, 3.5},
  {15.0 * degree, 0.4 * degree, 3},
  {21.0 * degree, 0.5 * degree, 2.5},
  {29.0 * degree, 0.7 * degree, 2},
}};

// Intensity per solid angle at a scattering angle in radians, in arbitrary units; the same all around the beam.
double scattering_intensity(double angle);

// Intensity on each pixel: that of its angle times, roughly, the solid angle of the pixel. Arbitrary units.
std::vector<double> pixel_weights(const detector_geometry& geometry);

} // namespace livedata
