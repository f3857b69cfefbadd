// Coordinates of neutron scattering by name: what follows from wavelength, angle and distance. Wavelengths in Å, angles
// in rad, distances in m, energies in meV, momentum transfers in 1/Å. What a coordinate makes of NaN is NaN.
#pragma once

#include <numbers>

namespace livedata::neutron {

// CODATA 2022: Planck constant in J s, mass of the neutron in kg, elementary charge in C.
inline constexpr double planck = 6.62607015e-34;
inline constexpr double mass = 1.67492750056e-27;
inline constexpr double elementary_charge = 1.602176634e-19;

inline constexpr double metres_per_angstrom = 1e-10;
inline constexpr double joules_per_mev = elementary_charge * 1e-3;

// --- elastic scattering by the angle two_theta

// Q = 4π sin(θ) / λ.
constexpr double momentum_transfer(double wavelength, double sin_theta) {
  return 4 * std::numbers::pi * sin_theta / wavelength;
}

// Bragg's law: d = λ / (2 sin θ), Å.
constexpr double dspacing(double wavelength, double sin_theta) {
  return wavelength / (2 * sin_theta);
}

// --- one neutron

// E = h² / (2 m λ²).
constexpr double energy(double wavelength) {
  constexpr double factor = planck * planck / (2 * mass * metres_per_angstrom * metres_per_angstrom) / joules_per_mev;
  return factor / (wavelength * wavelength);
}

// |k| = 2π / λ.
constexpr double wavenumber(double wavelength) {
  return 2 * std::numbers::pi / wavelength;
}

// E = ħ² k² / (2 m).
constexpr double energy_of_wavenumber(double k) {
  return energy(2 * std::numbers::pi / k);
}

// Time of flight over a path, ns: L m λ / h.
constexpr double time_of_flight(double path, double wavelength) {
  return path * wavelength * (mass * metres_per_angstrom / planck * 1e9);
}

} // namespace livedata::neutron
