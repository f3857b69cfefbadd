// Frames of the chopper cascade against figures that are published for the long pulse of the ESS: 14 Hz, 2.86 ms.
//
//   [1] R. Garoby et al., The European Spallation Source Design, Phys. Scr. 93 (2018) 014001: 14 Hz, 2.86 ms
//   [2] K. H. Andersen et al., The instrument suite of the European Spallation Source, Nucl. Instrum. Methods A 957
//       (2020) 163402: for each instrument its length and the band of wavelengths that it takes at 14 Hz:
//       LOKI 23.6 m to the sample; DREAM 76.5 m, 3.7 Å; BIFROST 162 m, 1.7 Å;
//
// The band is what fits between two pulses: Δλ = h / (m_n L f).
#include "workflows/wavelength/chopper_cascade.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace published_frames_test {

using namespace livedata;

namespace {

constexpr double period = 1.0 / 14;
const source_pulse ess_pulse{2.86e-3, 0.1, 15};

// Wavelengths that arrive at a distance at a time after the pulse, both in the unit of the cascade.
double wavelength_at(const chopper_cascade_frames& cascade, double distance, double time_us) {
  const std::vector<double> times{time_us};
  return cascade.at(distance, times, chopper_cascade_frames::at_equal_distance::first).wavelength.front();
}

double spread_at(const chopper_cascade_frames& cascade, double distance, double time_us) {
  const std::vector<double> times{time_us};
  return std::sqrt(cascade.at(distance, times, chopper_cascade_frames::at_equal_distance::first).variance.front());
}

} // namespace

TEST_CASE("the band between two pulses is that which is published for each length of an instrument") {
  struct published {
    const char* instrument;
    double length;
    double band;
    // Of the last digit given.
    double digit;
  };

  for (const auto& p : {published{"DREAM", 76.5, 3.7, 0.05}, published{"BIFROST", 162, 1.7, 0.05}}) {
    CAPTURE(p.instrument);
    // Nothing but the pulse, with wavelengths that all arrive in one frame.
    const chopper_cascade_frames cascade(period, 1, {}, {2.86e-3, 0.1, 0.1 + 1.1 * p.band});
    const auto at = [&](double time_us) { return wavelength_at(cascade, p.length, time_us); };
    // Between two times of one frame, far from its ends.
    const auto per_us = (at(50'000) - at(20'000)) / 30'000;
    CHECK(std::abs(per_us * period * 1e6 - p.band) < p.digit);
  }
}

TEST_CASE("a pulse of 2.86 ms leaves wavelengths uncertain by its length over the flight time") {
  // Δλ/λ = 2.86 ms / t, [2]: for DREAM, without pulse shaping, 2.86 ms / (252.8 µs/(m Å) · 76.5 m · 1.8 Å) = 8.2 %.
  const chopper_cascade_frames cascade(period, 1, {}, {2.86e-3, 0.1, 3.5});
  constexpr double flight_time = 252.778 * 76.5 * 1.8;
  constexpr double middle_of_pulse = 1430;
  CHECK(wavelength_at(cascade, 76.5, flight_time + middle_of_pulse) == doctest::Approx(1.8).epsilon(1e-4));
  CHECK(2 * spread_at(cascade, 76.5, flight_time + middle_of_pulse) / 1.8 == doctest::Approx(0.0822).epsilon(0.002));
}

TEST_CASE("a pulse-shaping chopper at 6 m behind a pulse of 2.86 ms lets a band of 1.9 \u00c5 pass") {
  // The natural band of a short opening at the distance L of a pulse of length τ is τ h / (m_n L): at 6.0 m
  // 2.86 ms · 3956 m Å/s / 6.0 m = 1.89 Å.
  constexpr double open = 4e-3;
  const chopper_cascade_frames cascade(period, 1, {{"pulse shaping", 6.0, {{open, open + 1e-6}}}}, ess_pulse);
  double shortest = 100;
  double longest = 0;
  for (const auto& p : cascade.frames().back().polygons)
    for (const auto& v : p) {
      shortest = std::min(shortest, v.wavelength);
      longest = std::max(longest, v.wavelength);
    }
  CHECK(longest - shortest == doctest::Approx(1.887).epsilon(0.002));
  CHECK(longest == doctest::Approx(3956.034 * open / 6.0).epsilon(0.001));
}

} // namespace published_frames_test
