// Reading of workflow parameters and settings from JSON: defaults for what is missing, and an error that names the
// field for what is wrong or unknown. Numbers may be written as strings and whole numbers as 3.0, as the field's
// clients do.
#pragma once

#include "workflows/instrument/instrument.hpp"
#include "workflows/kernels/time_bins.hpp"

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// A parameter that cannot be used. The text names the field, says what is wrong and what is allowed.
class parameter_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Reads the fields of one JSON object by name. Every read notes the name; finish() refuses names that nobody asked for.
// The object must outlive the reader. Throws parameter_error throughout.
class object_reader {
public:
  // `path` leads to the object, for messages; empty for the outermost. Null stands for an empty object.
  object_reader(const json& object, std::string path);

  double number(std::string_view name, double fallback);
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  bool boolean(std::string_view name, bool fallback);
  std::string text(std::string_view name, std::string_view fallback);
  // One of the allowed words.
  std::string choice(std::string_view name, std::string_view fallback, std::initializer_list<std::string_view> allowed);
  // A reader for the object of that name; for an empty object if it is missing.
  object_reader object(std::string_view name);
  // The value as it stands, or nullptr.
  const json* raw(std::string_view name);

  void finish() const;

  std::string path_of(std::string_view name) const;

private:
  const json* find(std::string_view name);

  const json& object_;
  std::string path_;
  std::vector<std::string> known_;
};

// Bin edges as the user gives them.
struct edges_model {
  double start = 0;
  double stop = 1;
  std::int64_t num_bins = 100;
  bool logarithmic = false;
  std::string unit;

  // num_bins + 1 values in `unit`: equidistant, or geometric with exact ends.
  std::vector<double> values() const;
};

// A half-open interval [start, stop) that may be switched off.
struct range_model {
  double start = 0;
  double stop = 10;
  bool enabled = false;
  std::string unit;
};

// Nanoseconds in one `unit` of time (ns, us, μs, ms, s).
double nanoseconds_per(std::string_view unit);

// Reads {start, stop, num_bins, scale, unit} of time-of-arrival edges; defaults: one ESS pulse period, 100 bins, ms.
edges_model read_toa_edges(object_reader reader);

// Reads {enabled, start, stop, unit} of a time-of-arrival range; default: off.
range_model read_toa_range(object_reader reader);

// Reads coordinate_mode, and passes over the parameters that matter in wavelength mode only (clients send the whole
// model). Refuses wavelength mode, which needs a lookup table.
void read_toa_mode(object_reader& params);

// The edges in nanoseconds, in which they are compared with arrival times.
std::vector<double> edges_in_ns(const edges_model& edges);

// The bins that the range selects, its unit converted to that of the edges; all bins if it is switched off.
bin_range bins_in_range(const edges_model& edges, const range_model& range);

} // namespace livedata
