#include "transport/simulator/sample_scattering.hpp"

#include "transport/simulator/scattering_pattern.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/reduction/neutron.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t number_of_rings = 512;

// Relative to that of an atom; every index may be negative.
double structure_factor(int h, int k, int l) {
  const auto odd = (h % 2 != 0) + (k % 2 != 0) + (l % 2 != 0);
  if (odd == 3) return 1;
  return odd == 0 && (h + k + l) % 4 == 0 ? 2 : 0;
}

double sum_of(const std::vector<double>& list) {
  return std::accumulate(list.begin(), list.end(), 0.0);
}

} // namespace

double sphere_form_factor(double x) {
  constexpr double small = 1e-2;
  if (x < small) return 1 - x * x / 5;
  const auto amplitude = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  return amplitude * amplitude;
}

std::vector<powder_line> powder_lines(double lattice_constant, double shortest) {
  const auto highest = static_cast<int>(lattice_constant / shortest);
  // By h² + k² + l².
  std::map<int, double> strengths;
  for (int h = -highest; h <= highest; ++h)
    for (int k = -highest; k <= highest; ++k)
      for (int l = -highest; l <= highest; ++l)
        if (const auto square = h * h + k * k + l * l; square > 0) strengths[square] += structure_factor(h, k, l);
  std::vector<powder_line> lines;
  for (const auto& [square, strength] : strengths) {
    const auto d = lattice_constant / std::sqrt(static_cast<double>(square));
    if (strength > 0 && d >= shortest) lines.push_back({d, strength});
  }
  return lines;
}

scattered_neutrons::scattered_neutrons(detector_geometry detector, const flight_geometry& flight,
                                       const simulation::sample& sample, std::shared_ptr<const wavelength_bands> beam)
  : detector_(std::move(detector)), flight_(flight), to_sample_(length(flight.sample - flight.source)),
    direction_(unit(flight.sample - flight.source)), sample_(sample), beam_(std::move(beam)) {
  if (const auto* powder = std::get_if<simulation::powder>(&sample_.structure)) {
    // None that the shortest wavelength does not reach; and not too many.
    constexpr int most = 12;
    const auto shortest = std::max(beam_->middle(0) / 2, powder->lattice_constant / most);
    lines_ = powder_lines(powder->lattice_constant, shortest);
  }
  const auto n = detector_.positions.size();
  auto low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (std::size_t p = 0; p < n; ++p) {
    const auto s = sin_theta(p);
    low = std::fmin(low, s);
    high = std::fmax(high, s);
  }
  if (!(low <= high)) return;
  innermost_ = low;
  ring_width_ = std::max((high - low) / number_of_rings, 1e-12);
  std::vector<double> scattered;
  for (std::size_t r = 0; r < number_of_rings; ++r) {
    const auto weights = intensities(innermost_ + (static_cast<double>(r) + 0.5) * ring_width_);
    scattered.push_back(sum_of(weights));
    rings_.push_back(scattered.back() > 0 ? std::optional<alias_table>(std::in_place, weights) : std::nullopt);
  }
  std::vector<double> weights(n);
  for (std::size_t p = 0; p < n; ++p)
    if (const auto s = sin_theta(p); s >= std::sin(beam_stop_angle / 2))
      weights[p] = scattered[ring_of(s)] * seen_by(p);
  if (sum_of(weights) > 0) pixels_.emplace(weights);
}

double scattered_neutrons::sin_theta(std::size_t pixel) const {
  const auto r = detector_.positions[pixel] - flight_.sample;
  // Half the distance of the end points of both directions.
  return length(unit(r) - direction_) / 2;
}

std::size_t scattered_neutrons::ring_of(double sin_theta) const {
  return std::min(static_cast<std::size_t>((sin_theta - innermost_) / ring_width_), number_of_rings - 1);
}

std::vector<double> scattered_neutrons::intensities(double sin_theta) const {
  const auto passing = [&](std::size_t band, double wavelength) {
    return static_cast<double>(beam_->in(band).size()) * std::exp(-sample_.absorption * wavelength);
  };
  std::vector<double> of;
  if (const auto* spheres = std::get_if<simulation::spheres>(&sample_.structure)) {
    for (std::size_t b = 0; b < beam_->size(); ++b) {
      const auto q = neutron::momentum_transfer(beam_->middle(b), sin_theta);
      of.push_back(passing(b, beam_->middle(b)) * (sphere_form_factor(q * spheres->radius) + spheres->background));
    }
    return of;
  }
  for (const auto& line : lines_) {
    const auto wavelength = 2 * line.d * sin_theta;
    const auto band = beam_->find(wavelength);
    of.push_back(band == beam_->size()
                   ? 0
                   : passing(band, wavelength) * std::pow(wavelength, 4) / (sin_theta * sin_theta) * line.strength);
  }
  return of;
}

// The solid angle of a pixel, roughly. A piece of tube shows its side in full only to rays at right angles to it.
double scattered_neutrons::seen_by(std::size_t pixel) const {
  const auto r = detector_.positions[pixel] - flight_.sample;
  double seen = 1;
  if (detector_.shape) {
    const auto along = dot(unit(r), unit(detector_.shape->axis));
    seen = std::sqrt(std::max(0.0, 1 - along * along));
  }
  return seen / dot(r, r);
}

scattered_neutrons::event scattered_neutrons::draw(portable_random& random) const {
  const auto any_of = [&](std::span<const flying_neutron> list) {
    return list[static_cast<std::size_t>(random.uniform() * static_cast<double>(list.size()))];
  };
  const auto pixel = pixels_->sample(random.bits());
  const auto path = to_sample_ + length(detector_.positions[pixel] - flight_.sample);
  const auto s = sin_theta(pixel);
  const auto choice = rings_[ring_of(s)]->sample(random.bits());
  if (lines_.empty()) return {pixel, any_of(beam_->in(choice)).arrival(path)};
  // The exact wavelength of the line at this pixel, emitted like one of nearly that wavelength.
  const auto wavelength = 2 * lines_[choice].d * s;
  auto band = beam_->find(wavelength);
  if (band == beam_->size() || beam_->in(band).empty())
    band = beam_->find(2 * lines_[choice].d * (innermost_ + (static_cast<double>(ring_of(s)) + 0.5) * ring_width_));
  const flying_neutron n{any_of(beam_->in(band)).emission, wavelength};
  return {pixel, n.arrival(path)};
}

} // namespace livedata
