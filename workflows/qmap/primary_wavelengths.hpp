// Wavelengths of neutrons that have flown one distance, by the time at which they are there.
#pragma once

#include "workflows/kernels/value_bins.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <cmath>
#include <span>
#include <vector>

namespace livedata {

// A lookup table at one flight path: what remains is a line of wavelengths over time, interpolated between its points.
class primary_wavelengths {
public:
  // Throws std::invalid_argument if the table does not reach the flight path (m), or has frames of several pulses.
  primary_wavelengths(const lookup_table& table, double flight_path);

  // Turns times into wavelengths (Å), NaN where there is none. `times` in ns; they are brought into the period of the
  // pulses.
  void convert(std::span<double> times) const noexcept {
    cells_.visit([&](const auto cell_of) {
      const auto* const points = times_.data();
      const auto* const wavelength = wavelength_.data();
      const auto cells = cells_.size();
      const auto last = cells_.edges().back();
      const auto period = period_;
      for (auto& time : times) {
        const auto t = in_period(time, period);
        const auto cell = cell_of(t);
        // A time at the end of the grid belongs to the last cell.
        const auto j = cell < cells ? cell : (t == last ? cells - 1 : cells + 1);
        const auto v = (t - points[j]) / (points[j + 1] - points[j]);
        time = (1 - v) * wavelength[j] + v * wavelength[j + 1];
      }
    });
  }

private:
  static double in_period(double time, double period) noexcept {
    const auto t = time < 0 ? time + period : time;
    if (t >= 0 && t < period) [[likely]]
      return t;
    return time - period * std::floor(time / period);
  }

  double period_;
  value_bins cells_;
  // The points of the grid, and three more without a wavelength.
  std::vector<double> times_;
  std::vector<double> wavelength_;
};

} // namespace livedata
