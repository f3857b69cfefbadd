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
  // Throws std::invalid_argument if the table does not reach the flight path (m).
  primary_wavelengths(const lookup_table& table, double flight_path);

  // Turns times into wavelengths (Å), NaN where there is none. `times` in ns; they are brought into the frame.
  void convert(std::span<double> times) const noexcept {
    cells_.visit([&](const auto cell_of) {
      const auto* const points = times_.data();
      const auto* const wavelength = wavelength_.data();
      const auto cells = cells_.size();
      const auto last = cells_.edges().back();
      const auto frame = frame_;
      for (auto& time : times) {
        const auto t = in_frame(time, frame);
        const auto cell = cell_of(t);
        // A time at the end of the grid belongs to the last cell.
        const auto j = cell < cells ? cell : (t == last ? cells - 1 : cells + 1);
        const auto v = (t - points[j]) / (points[j + 1] - points[j]);
        time = (1 - v) * wavelength[j] + v * wavelength[j + 1];
      }
    });
  }

  // The same of one time.
  double at(double time) const noexcept {
    convert({&time, 1});
    return time;
  }

private:
  static double in_frame(double time, double frame) noexcept {
    const auto t = time < 0 ? time + frame : time;
    if (t >= 0 && t < frame) [[likely]]
      return t;
    return time - frame * std::floor(time / frame);
  }

  // ns.
  double frame_;
  value_bins cells_;
  // The points of the grid, and three more without a wavelength.
  std::vector<double> times_;
  std::vector<double> wavelength_;
};

} // namespace livedata
