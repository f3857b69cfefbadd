// One line for each workflow of this program.
#include "workflows/area_detector/area_detector_view.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/monitor/monitor_histogram.hpp"
#include "workflows/powder/powder_reduction.hpp"
#include "workflows/qmap/qmap.hpp"
#include "workflows/ratemeter/detector_ratemeter.hpp"
#include "workflows/reflectometry/reflectometry.hpp"
#include "workflows/registry.hpp"
#include "workflows/sans/i_of_q.hpp"
#include "workflows/timeseries/timeseries.hpp"
#include "workflows/total_counts/total_counts.hpp"
#include "workflows/wavelength/wavelength_lut.hpp"

namespace livedata {

workflow_registry builtin_workflows() {
  workflow_registry r;
  r.add("area_detector", area_detector_kind());
  r.add("detector_ratemeter", detector_ratemeter_kind());
  r.add("geometric_view", geometric_view_kind());
  r.add("i_of_q", i_of_q_kind());
  r.add("logical_view", logical_view_kind());
  r.add("monitor_histogram", monitor_histogram_kind());
  r.add("powder_reduction", powder_reduction_kind());
  r.add("qmap", qmap_kind());
  r.add("reflectometry", reflectometry_kind());
  r.add("timeseries", timeseries_kind());
  r.add("total_counts", total_counts_kind());
  r.add("wavelength_lut", wavelength_lut_kind());
  return r;
}

} // namespace livedata
