// Neutrons of a simulated instrument, from the source to where they are looked at.
//
// They leave at times that are spread evenly over the pulse, with wavelengths as two moderators in thermal equilibrium
// give them, one at 300 K and one at 40 K:
//
//   n(λ) ~ λ^-5 exp(-(λ_T / λ)²),  λ_T² = h² / (2 m_n k_B T)
//
// A neutron passes a chopper if it comes by while that is open.
#pragma once

#include "transport/simulator/portable_random.hpp"
#include "workflows/wavelength/chopper_cascade.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

struct flying_neutron {
  // ns after the pulse.
  double emission = 0;
  // Å.
  double wavelength = 0;

  // When it is at the end of a path (m), ns after the last pulse before.
  double arrival(double path) const;
};

class neutron_beam {
public:
  neutron_beam(const source_pulse& pulse, std::vector<chopper_openings> choppers)
    : pulse_(pulse), choppers_(std::move(choppers)) {}

  // Neutrons that pass all choppers up to a distance from the source, m. Fewer than n, or none, if hardly any do.
  std::vector<flying_neutron> draw(std::size_t n, double distance, portable_random& random) const;

private:
  bool passes(const flying_neutron& n, double distance) const;

  source_pulse pulse_;
  std::vector<chopper_openings> choppers_;
};

// Neutrons in bins of equal width in wavelength.
class wavelength_bands {
public:
  // At least one neutron.
  wavelength_bands(std::vector<flying_neutron> neutrons, std::size_t bands);

  std::size_t size() const noexcept { return begins_.size() - 1; }

  std::span<const flying_neutron> in(std::size_t band) const {
    return std::span(neutrons_).subspan(begins_[band], begins_[band + 1] - begins_[band]);
  }

  // Å; of the middle of a band.
  double middle(std::size_t band) const { return shortest_ + (static_cast<double>(band) + 0.5) * width_; }

  // size() if it is in none.
  std::size_t find(double wavelength) const;

private:
  // By wavelength.
  std::vector<flying_neutron> neutrons_;
  double shortest_;
  double width_;
  // Of each band among the neutrons, and their number.
  std::vector<std::size_t> begins_;
};

} // namespace livedata
