// Histograms that beam monitors send, as numbers.
#pragma once

#include "messages/data_array.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"

#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct monitor_counts {
  // One more than values, strictly increasing.
  std::vector<double> edges;
  std::vector<double> value;
  // As sent, else the values.
  std::vector<double> variance;
};

// Throws std::invalid_argument that begins with what all refusals of such histograms begin with.
[[noreturn]] void refuse_histogram(const std::string& what);

// One dimension of any name, with bin edges of that name in a unit of time. `ns_per_unit`: of the edges that are given
// back. Throws std::invalid_argument that says what is wrong with the array.
monitor_counts read_histogram(const data_array& a, double ns_per_unit = 1);

// The same for one that is to be brought to wavelengths: its dimension must be time_of_flight, tof or frame_time.
monitor_counts read_histogram_for_wavelengths(const data_array& a);

// Counts over arrival time (ns) as counts over wavelength (Å, strictly increasing). Edges at 0 and at one pulse period
// are added, each edge gets the wavelength that the table has for it, and every run of edges whose wavelengths increase
// is kept. Several runs are brought to one grid that begins with the shortest wavelength, in steps of the first bin of
// the run that has it. The frames of the table are not told apart. Throws std::invalid_argument if no two edges have
// increasing wavelengths.
monitor_counts to_wavelengths(const monitor_counts& over_time, const event_wavelengths& wavelengths,
                              double flight_path);

// Throws std::invalid_argument unless the values are counts by their unit: counts, dimensionless, or none.
void check_count_unit(const std::optional<std::string>& unit);

// Adds to each target bin its share of values and variances (kernels/rebin.hpp).
void rebin_onto(const monitor_counts& counts, const std::vector<double>& target_edges, std::vector<double>& value,
                std::vector<double>& variance);

} // namespace livedata
