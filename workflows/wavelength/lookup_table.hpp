// Which wavelength a neutron has that arrives at a time and has flown a distance: the table by which all workflows turn
// arrival times into wavelengths.
#pragma once

#include "messages/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// A grid of flight paths and arrival times, both equidistant, with a wavelength for each pair.
struct lookup_table {
  // Flight path from the source, m.
  std::vector<double> distance;
  // Arrival time after the pulse in which a frame begins (event_time_offset), ns: 0 … pulse_stride · pulse_period.
  std::vector<double> time;
  // Å, distance by time, row-major. NaN: no neutron arrives then and there.
  std::vector<double> wavelength;
  // Å², of the same shape; or empty.
  std::vector<double> variance;
  // ns, not rounded.
  double pulse_period = 0;
  // Number of pulses in a frame: choppers that turn slower than the source let only every second, third … pulse pass.
  std::int64_t pulse_stride = 1;
  // As they were asked for when the table was made: m and ns.
  double distance_resolution = 0;
  double time_resolution = 0;

  friend bool operator==(const lookup_table&, const lookup_table&) = default;
};

// Whether a table can be used: at least two distances and two times, both finite, increasing and equidistant; as many
// wavelengths as both together, none infinite or negative, and not all NaN; a pulse period and a stride above 0. The
// failure "bad_lookup_table" says what is wrong.
status check(const lookup_table& table);

// Whether a table covers all these flight paths (m; NaN is passed over). The failure "bad_lookup_table" names both
// ranges, and `what` they belong to: "the flight paths of loki_detector_0".
status check_covers(const lookup_table& table, std::span<const double> flight_paths, const std::string& what);

} // namespace livedata
