// The detector view: images and totals of one detector bank. How pixels come to the screen (projection of their
// positions, or their logical order) is the screen's business; everything after it is the same.
#pragma once

#include "workflows/detector_view/screen.hpp"
#include "workflows/kernels/view_histogram.hpp"
#include "workflows/registry.hpp"
#include "workflows/value_models.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <string_view>

namespace livedata {

// Parameters of a user: toa_edges, toa_range, pixel_weighting, coordinate_mode.
struct detector_view_params {
  edges_model toa_edges;
  range_model toa_range;
  bool pixel_weighting = false;
};

// Parameters that every view of events per pixel has: those of events_model(), and pixel_weighting.
parameter_model detector_view_model();

// From parameters completed by the model.
detector_view_params to_view_params(const json& completed);

// Outputs, in this order: cumulative, current (images over the screen), counts_total, counts_in_toa_range (scalars
// since the last result), counts_total_cumulative, counts_in_toa_range_cumulative. All float64, unit counts. Images
// show the bins of the range filter and are divided by the pixel weights if the user asks; totals are not weighted.
class detector_view final : public workflow {
public:
  detector_view(screen s, const detector_view_params& params);

  // Takes the event batches among the primary data. All events of one call use one replica of the screen, calls take
  // turns.
  void accumulate(const job_data& data) override;
  std::vector<workflow_output> finalize() override;
  void clear() override;

  event_tally tally() const override { return tally_; }

  const view_histogram& histogram() const noexcept { return histogram_; }

private:
  data_array image(std::vector<double> counts) const;

  screen screen_;
  bool weighted_;
  view_histogram histogram_;
  std::size_t next_replica_ = 0;
  event_tally tally_;
  window_bounds window_;
};

// Views of pixels projected by their positions, and in their logical order. Settings: docs/workflows.md.
workflow_kind geometric_view_kind();
workflow_kind logical_view_kind();

} // namespace livedata
