// Which neutrons pass a row of choppers: their times and wavelengths, as polygons in (time, wavelength) that start as
// the rectangle of a pulse, shear as they fly, and are cut by every chopper they come to.
#pragma once

#include "messages/result.hpp"
#include "workflows/geometry/beamline.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// How a chopper turns.
struct chopper_setting {
  // Hz; negative: clockwise; 0: at rest.
  double frequency = 0;
  // s.
  double delay = 0;
};

// What the source gives, once in each pulse period.
struct source_pulse {
  // s.
  double length = 5e-3;
  // Å.
  double shortest = 0.001;
  double longest = 15;
};

struct chopper_openings {
  std::string name;
  // From the source, m.
  double distance = 0;
  // Begin and end of each opening, s after the first pulse; infinite for a chopper at rest.
  std::vector<std::pair<double, double>> openings;
};

// When a disk lets neutrons pass during `stride` pulses and the turn before. With the angular speed w = 2π·frequency,
// the phase w·delay (or that of the disk), and the slit from b to e: turning clockwise, the slit opens with its edge b
// and closes with e, at t = (beam_position + phase − (edge + 2πk)) / w; else it opens with e and closes with b, at
// t = (2π + beam_position + phase − (edge − 2πk)) / w. A chopper at rest lets everything pass if a slit is at the beam,
// else nothing. The failure "bad_chopper" is for a speed that is no multiple or fraction of that of the pulses.
result<std::vector<std::pair<double, double>>> openings_of(const chopper_disk& disk, const chopper_setting& setting,
                                                           double pulse_period, std::int64_t stride);

// Number of pulses of which one passes: the longest turn of all choppers, in pulse periods. 1 at least; choppers at
// rest do not matter.
std::int64_t guess_stride(std::span<const chopper_setting> settings, double pulse_period);

// One column for each time: the middle of the wavelengths that arrive then, Å, and the square of half of what lies
// between the longest and the shortest. NaN: none.
struct wavelength_row {
  std::vector<double> wavelength;
  std::vector<double> variance;
};

class chopper_cascade_frames {
public:
  // The source gives `stride` pulses. Choppers in any order; at equal distances their order counts. Throws
  // std::invalid_argument if a chopper is before the source.
  chopper_cascade_frames(double pulse_period, std::int64_t stride, std::vector<chopper_openings> choppers,
                         const source_pulse& pulse = {});

  struct vertex {
    // s and Å.
    double time;
    double wavelength;
  };

  using polygon = std::vector<vertex>;

  // What is left of the pulses behind the source (the first), and behind each chopper.
  struct frame {
    double distance;
    std::vector<polygon> polygons;
  };

  const std::vector<frame>& frames() const noexcept { return frames_; }

  // Of several choppers at one place, which ones count for what is behind them.
  enum class at_equal_distance : std::uint8_t { first, last };

  // What arrives at a distance (m) at the times of a frame (µs, from 0 to stride · pulse_period), where later frames
  // than the first fall into the same times. Throws std::invalid_argument for a distance before the source.
  wavelength_row at(double distance, std::span<const double> times, at_equal_distance which) const;

  // The same for neutrons of a certain frame, at its own or a larger distance.
  wavelength_row at(const frame& from, double distance, std::span<const double> times) const;

private:
  double frame_period_;
  std::vector<frame> frames_;
};

} // namespace livedata
