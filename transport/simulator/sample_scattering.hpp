// What the sample of a simulated instrument does to neutrons. With the wavelength λ and half of the scattering angle,
// θ:
//
//   spheres   I(Q) ~ [3 (sin x - x cos x) / x³]² + background,  x = Q R,  Q = 4π sin θ / λ
//   powder    at λ = 2 d sin θ for each d = a / sqrt(h² + k² + l²), in proportion to
//             λ⁴ / sin² θ · Σ |F|²,  over all hkl of that d, with the structure factor of diamond:
//             |F|² is 1 if h, k, l are all odd, 2 if all are even and their sum is a multiple of 4, else 0
//
// times what the sample does not absorb, exp(-absorption λ). Nothing is scattered by less than 0.7°: there is the beam
// stop.
#pragma once

#include "transport/simulator/alias_table.hpp"
#include "transport/simulator/neutron_beam.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace livedata {

// Intensity of spheres relative to that in forward direction, at x = Q R.
double sphere_form_factor(double x);

// The reflections of one d-spacing.
struct powder_line {
  // Å.
  double d = 0;
  // Σ |F|² over all hkl.
  double strength = 0;
};

// Of diamond's structure, from the largest d-spacing down to `shortest`, Å.
std::vector<powder_line> powder_lines(double lattice_constant, double shortest);

// Where source and sample stand, m.
struct flight_geometry {
  vec3 source;
  vec3 sample;
};

// Draws the events that a sample makes on one detector.
class scattered_neutrons {
public:
  // `beam`: neutrons that come to the sample.
  scattered_neutrons(detector_geometry detector, const flight_geometry& flight, const simulation::sample& sample,
                     std::shared_ptr<const wavelength_bands> beam);

  // Whether any pixel sees any neutrons. Without, nothing may be drawn.
  bool any() const noexcept { return pixels_.has_value(); }

  struct event {
    std::size_t pixel;
    // ns after the last pulse before.
    double arrival;
  };

  event draw(portable_random& random) const;

private:
  // sin θ of a pixel; NaN if it has no position.
  double sin_theta(std::size_t pixel) const;
  std::size_t ring_of(double sin_theta) const;
  // How much is scattered by that angle: of each band of the beam, or by each line of the powder.
  std::vector<double> intensities(double sin_theta) const;
  double seen_by(std::size_t pixel) const;

  detector_geometry detector_;
  flight_geometry flight_;
  double to_sample_;
  vec3 direction_;
  simulation::sample sample_;
  std::shared_ptr<const wavelength_bands> beam_;
  std::vector<powder_line> lines_;
  // Rings of equal width in sin θ, and what is scattered into each; nothing if that is nothing.
  double innermost_ = 0;
  double ring_width_ = 1;
  std::vector<std::optional<alias_table>> rings_;
  std::optional<alias_table> pixels_;
};

} // namespace livedata
