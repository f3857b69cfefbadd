// What a detector would count if its sample scattered alike everywhere: the solid angle that it covers, by momentum
// transfer and wavelength.
#pragma once

#include "workflows/reduction/scattering.hpp"

#include <span>
#include <vector>

namespace livedata {

// Of each pixel, sr: that of the piece of a tube of length ℓ along the axis a, and radius R,
//   Ω = 2 R ℓ sqrt(1 - ((b·a) / (|b| |a|))²) / |b|²,  b from the sample to the pixel.
// Throws parameter_error if the pixels have no such shape.
std::vector<double> solid_angles(const scattering_pixels& pixels, const std::string& what);

// h[q, k], row-major: the sum of Ω over the pixels with 4π sin(θ) / wavelength[k] in [q_edges[q], q_edges[q + 1]).
// A pixel without an angle (NaN) is in no sum.
std::vector<double> solid_angle_by_q(std::span<const double> solid_angle, std::span<const double> sin_theta,
                                     std::span<const double> wavelength, std::span<const double> q_edges);

} // namespace livedata
