// Wavelengths of neutrons that have flown one distance, by the time at which they are there.
#pragma once

#include "workflows/kernels/value_bins.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <cstdint>
#include <vector>

namespace livedata {

// A lookup table at one flight path: what remains is a line of wavelengths over time, interpolated between its points.
class primary_wavelengths {
public:
  // Throws std::invalid_argument if the table does not reach the flight path (m), or has frames of several pulses.
  primary_wavelengths(const lookup_table& table, double flight_path);

  // Å; NaN if there is none. `time_ns` is brought into the period of the pulses.
  double at(double time_ns) const noexcept {
    const auto t = time_ns - period_ * whole_below(time_ns / period_);
    return cells_.visit([&](const auto cell_of) {
      const auto cell = cell_of(t);
      // A time at the end of the grid belongs to the last cell.
      const auto j = cell < cells_.size() ? cell : (t == cells_.edges().back() ? cells_.size() - 1 : cells_.size() + 1);
      const auto v = (t - times_[j]) / (times_[j + 1] - times_[j]);
      return (1 - v) * wavelength_[j] + v * wavelength_[j + 1];
    });
  }

private:
  // As std::floor, for what fits into 64 bits, and without a call.
  static double whole_below(double x) noexcept {
    const auto whole = static_cast<double>(static_cast<std::int64_t>(x));
    return whole - static_cast<double>(whole > x);
  }

  double period_;
  value_bins cells_;
  // The points of the grid, and three more without a wavelength.
  std::vector<double> times_;
  std::vector<double> wavelength_;
};

} // namespace livedata
