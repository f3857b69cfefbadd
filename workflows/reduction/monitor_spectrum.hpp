// What a beam monitor has counted by wavelength.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/reduction/histogram.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/workflow.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace livedata {

class monitor_spectrum {
public:
  // `edges`: Å. Throws parameter_error if it is not known where the monitor stands, or the table does not reach it.
  monitor_spectrum(std::shared_ptr<const lookup_table> table, const beamline& parts, const std::string& monitor,
                   std::vector<double> edges);

  // Adds a batch: events, whatever their pixels, or a histogram over arrival time. Variances are the counts, unless the
  // histogram has its own. Throws std::invalid_argument for data of another kind, and for a histogram of anything but
  // counts, before anything is added.
  void add(const stream_value& value);

  // Over wavelength.
  const histogram& counts() const noexcept { return counts_; }

  void clear() { counts_.clear(); }

  void state(archive& a) { a.field("counts", counts_); }

private:
  void add(const event_batch& events);
  void add(const data_array& array);

  event_wavelengths wavelengths_;
  value_bins bins_;
  histogram counts_;
};

// From the source to the monitor, m. Throws parameter_error if either is not known.
double monitor_flight_path(const beamline& parts, std::string_view monitor);

} // namespace livedata
