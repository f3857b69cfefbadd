// The parts that parameters of workflows are made of: bin edges, ranges, modes. Clients send and show them as they
// stand here, so names, defaults and words are fixed.
#pragma once

#include "workflows/kernels/time_bins.hpp"
#include "workflows/parameter_model.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// What is measured along an axis; decides the units that a user may choose from, the first of them being the default.
enum class quantity : std::uint8_t {
  // μs for ranges, ms for edges.
  time_of_arrival,
  wavelength,
  dspacing,
  two_theta,
  theta,
  momentum_transfer,
  energy_transfer,
};

// The dimension of a histogram over it: time_of_arrival, wavelength, dspacing, two_theta, theta, Q, ΔE.
std::string_view dimension_of(quantity q);

// Bin edges as the user gives them.
struct edges_model {
  double start = 0;
  double stop = 1;
  std::int64_t num_bins = 100;
  bool logarithmic = false;
  // As it is written in results ("µs" for "us").
  std::string unit;

  // num_bins + 1 values in `unit`, as numpy's linspace and geomspace make them: equidistant in the value or in its
  // decimal logarithm, and the ends exactly as given.
  std::vector<double> values() const;
};

// A half-open interval [start, stop) that may be switched off.
struct range_model {
  double start = 0;
  double stop = 10;
  bool enabled = false;
  std::string unit;
};

// Models of {start, stop, num_bins, scale, unit}, {start, stop, unit} and {start, stop, enabled, unit}.
parameter_group edges_group(std::string name, quantity q, double start, double stop, std::int64_t num_bins = 100);
parameter_group range_group(std::string name, quantity q, double start = 0, double stop = 10);
parameter_group optional_range_group(std::string name, quantity q, double start = 0, double stop = 10);

// {value, unit} of an angle, and of a length in m, cm or mm.
parameter_group angle_group(std::string name, double value = 0);
parameter_group length_group(std::string name, double value = 0);

// {mode}: toa or wavelength. Wavelength is refused for a workflow without a lookup table.
parameter_group mode_group(bool has_table = false);

// {enabled, method}.
parameter_group weighting_group();

// Time-of-arrival edges over one period of the ESS source: 1000 ms / 14, rounded up to 71.43 ms, in 100 bins.
parameter_group toa_edges_group();

// Everything that views of events share: coordinate_mode, toa_range, toa_edges and the same for wavelength. Clients
// send all of it in either mode.
parameter_model events_model(bool has_table = false);

// coordinate_mode (toa only), toa_edges, toa_range: for sources that never have wavelengths.
parameter_model toa_only_model();

// Over what a user wants to see events, and how.
struct spectral_params {
  edges_model edges;
  range_model range;
  // Time of arrival or wavelength.
  quantity over = quantity::time_of_arrival;
};

// The edges and the range of the mode, from a completed events_model().
spectral_params to_spectral_params(const json& completed);

// From a group of a completed model (complete_parameters).
edges_model to_edges(const json& group);
range_model to_range(const json& group);

// A unit as results write it: "µs" for "us" and "μs".
std::string wire_unit(std::string_view unit);

// Nanoseconds in one `unit` of time, in any spelling. Throws parameter_error.
double nanoseconds_per(std::string_view unit);

// What a value in that unit has to be multiplied by to be in the unit that everything is computed in: ns, Å, 1/Å, rad,
// meV. Throws parameter_error for a unit of another quantity.
double base_units_per(quantity q, std::string_view unit);

// The edges in that unit.
std::vector<double> edges_in_base(const edges_model& edges, quantity q);

// The edges in nanoseconds, in which they are compared with arrival times.
std::vector<double> edges_in_ns(const edges_model& edges);

// The bins that the range selects, its unit converted to that of the edges; all bins if it is switched off.
bin_range bins_in_range(const edges_model& edges, const range_model& range, quantity q = quantity::time_of_arrival);

} // namespace livedata
