// The monitor histogram: events of a beam monitor by arrival time.
#pragma once

#include "workflows/kernels/time_bins.hpp"
#include "workflows/registry.hpp"
#include "workflows/value_models.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <vector>

namespace livedata {

// Outputs, in this order: cumulative, current (over time_of_arrival, with the user's edges), counts_total,
// counts_in_toa_range (since the last result), counts_total_cumulative, counts_in_toa_range_cumulative.
// All float64, unit counts, with variances equal to the counts (Poisson).
class monitor_histogram final : public workflow {
public:
  monitor_histogram(const edges_model& edges, const range_model& range);

  // Pixel ids, if there are any, do not matter.
  void accumulate(const job_data& data) override;
  std::vector<workflow_output> finalize() override;
  void clear() override;

  event_tally tally() const override { return tally_; }

private:
  data_array spectrum(const std::vector<std::uint64_t>& counts) const;

  variable edges_;
  time_bins bins_;
  bin_range range_;
  std::vector<std::uint64_t> cumulative_;
  std::vector<std::uint64_t> window_;
  event_tally tally_;
  window_bounds bounds_;
};

workflow_kind monitor_histogram_kind();

} // namespace livedata
