#include "transport/simulator/neutron_beam.hpp"

#include "workflows/reduction/neutron.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace livedata {

namespace {

constexpr double pulse_period_ns = 1e9 / 14;
constexpr double ns_per_s = 1e9;

// λ_T at 300 K and at 40 K, Å: 30.81 Å / sqrt(T / K).
constexpr std::array<double, 2> thermal_wavelengths{1.7787, 4.8713};

// Of (λ_T / λ)² every value x has the density x exp(-x), which is that of the sum of two exponential ones.
double moderated_wavelength(portable_random& random) {
  const auto thermal = thermal_wavelengths[random.uniform() < 0.5 ? 0 : 1];
  const auto product = (1 - random.uniform()) * (1 - random.uniform());
  return thermal / std::sqrt(-std::log(product));
}

} // namespace

double flying_neutron::arrival(double path) const {
  return std::fmod(emission + neutron::time_of_flight(path, wavelength), pulse_period_ns);
}

bool neutron_beam::passes(const flying_neutron& n, double distance) const {
  return std::ranges::all_of(choppers_, [&](const chopper_openings& c) {
    if (c.distance > distance) return true;
    const auto t = (n.emission + neutron::time_of_flight(c.distance, n.wavelength)) / ns_per_s;
    return std::ranges::any_of(c.openings, [t](const auto& open) { return t >= open.first && t <= open.second; });
  });
}

std::vector<flying_neutron> neutron_beam::draw(std::size_t n, double distance, portable_random& random) const {
  constexpr std::size_t most_tries_each = 1000;
  constexpr std::size_t most_tries_for_one = 1'000'000;
  std::vector<flying_neutron> drawn;
  drawn.reserve(n);
  for (std::size_t tries = 0; drawn.size() < n && tries < most_tries_each * n; ++tries) {
    if (drawn.empty() && tries == most_tries_for_one) break;
    const flying_neutron one{random.uniform() * pulse_.length * ns_per_s, moderated_wavelength(random)};
    if (one.wavelength >= pulse_.shortest && one.wavelength <= pulse_.longest && passes(one, distance))
      drawn.push_back(one);
  }
  return drawn;
}

wavelength_bands::wavelength_bands(std::vector<flying_neutron> neutrons, std::size_t bands)
  : neutrons_(std::move(neutrons)) {
  std::ranges::sort(neutrons_, {}, &flying_neutron::wavelength);
  shortest_ = neutrons_.front().wavelength;
  width_ = (neutrons_.back().wavelength - shortest_) / static_cast<double>(bands);
  for (std::size_t b = 0; b < bands; ++b) {
    const auto begin = shortest_ + static_cast<double>(b) * width_;
    begins_.push_back(static_cast<std::size_t>(
      std::ranges::lower_bound(neutrons_, begin, {}, &flying_neutron::wavelength) - neutrons_.begin()));
  }
  begins_.push_back(neutrons_.size());
}

std::size_t wavelength_bands::find(double wavelength) const {
  const auto band = (wavelength - shortest_) / width_;
  return band >= 0 && band < static_cast<double>(size()) ? static_cast<std::size_t>(band) : size();
}

} // namespace livedata
