// Frames of the chopper cascade against figures that are published for the long pulse of the ESS.
//
//   [1] 10.3233/JNR-200180, introduction: 14 pulses a second of 2.857 ms
//   [2] R. S. Schmakat et al., Nucl. Instrum. Methods A 979 (2020) 164467, and "Introduction to Wavelength Frame
//       Multiplication" at scipp.github.io/ess, eq. 1: Δλ/λ = t_P / (α λ z), with α = m_n / h = 2.5278e-4 s/(Å m)
//   [3] K. H. Andersen et al., Nucl. Instrum. Methods A 957 (2020) 163402, on the instruments of the ESS: DREAM takes
//       3.7 Å at 76.5 m, BIFROST 1.7 Å at 162 m
//   [4] europeanspallationsource.se/instruments/cspec: CSPEC takes 1.72 Å at 160 m
//
// What fits between two pulses is 1 / (14 Hz α L), less the length of the pulse.
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

TEST_CASE("bands that are published for instruments at 14 Hz fit into the frames at their lengths, and fill them") {
  struct published {
    const char* instrument;
    double length;
    double band;
    // Half of the last digit that is given.
    double rounding;
  };

  for (const auto& p : {published{"DREAM", 76.5, 3.7, 0.05}, published{"BIFROST", 162, 1.7, 0.05},
                        published{"CSPEC", 160, 1.72, 0.005}}) {
    CAPTURE(p.instrument);
    // Nothing but the pulse, with wavelengths that all arrive in one frame.
    const chopper_cascade_frames cascade(period, 1, {}, {2.86e-3, 0.1, 0.1 + 1.1 * p.band});
    // Between two times far from the ends of the frame.
    const auto per_us = (wavelength_at(cascade, p.length, 50'000) - wavelength_at(cascade, p.length, 20'000)) / 30'000;
    CHECK(p.band - p.rounding < per_us * period * 1e6);
    CHECK(p.band + p.rounding > per_us * (period - 2.86e-3) * 1e6);
  }
}

TEST_CASE("where the frame of one pulse ends, that of the next begins, at the wavelength that its length gives") {
  // LOKI, 23.6 m to the sample: 1 / (14 Hz · 2.5278e-4 s/(Å m) · 23.6 m) = 11.97 Å.
  const chopper_cascade_frames cascade(period, 1, {}, {2.86e-3, 0.1, 12.5});
  const auto last = wavelength_at(cascade, 23.6, period * 1e6);
  CHECK(last == doctest::Approx(11.97 - 1430 / (252.78 * 23.6)).epsilon(0.001));
  // Slower ones of the pulse before come together with the fastest, and nothing can tell them apart.
  const chopper_cascade_frames overlapping(period, 1, {}, {2.86e-3, 0.1, 15});
  CHECK(spread_at(cascade, 23.6, 12'000) < 0.25);
  CHECK(spread_at(overlapping, 23.6, 12'000) > 5);
}

TEST_CASE("a pulse of 2.86 ms leaves wavelengths uncertain by its length over the flight time") {
  // [2] for DREAM without pulse shaping: 2.86 ms / (2.5278e-4 s/(Å m) · 1.8 Å · 76.5 m) = 8.22 %.
  const chopper_cascade_frames cascade(period, 1, {}, {2.86e-3, 0.1, 3.5});
  constexpr double flight_time = 252.78 * 76.5 * 1.8;
  constexpr double middle_of_pulse = 1430;
  CHECK(wavelength_at(cascade, 76.5, flight_time + middle_of_pulse) == doctest::Approx(1.8).epsilon(1e-4));
  CHECK(2 * spread_at(cascade, 76.5, flight_time + middle_of_pulse) / 1.8 == doctest::Approx(0.0822).epsilon(0.002));
}

TEST_CASE("a pulse-shaping chopper at 6 m behind a pulse of 2.86 ms lets a band of 1.9 \u00c5 pass") {
  // Of a short opening at the distance L of a pulse of length t_P, t_P / (α L): 2.86 ms / (2.5278e-4 s/(Å m) · 6.0 m)
  // = 1.886 Å.
  constexpr double open = 4e-3;
  const chopper_cascade_frames cascade(period, 1, {{"pulse shaping", 6.0, {{open, open + 1e-6}}}}, ess_pulse);
  double shortest = 100;
  double longest = 0;
  for (const auto& p : cascade.frames().back().polygons)
    for (const auto& v : p) {
      shortest = std::min(shortest, v.wavelength);
      longest = std::max(longest, v.wavelength);
    }
  CHECK(longest - shortest == doctest::Approx(1.886).epsilon(0.002));
  CHECK(longest == doctest::Approx(3956.034 * open / 6.0).epsilon(0.001));
}

} // namespace published_frames_test
