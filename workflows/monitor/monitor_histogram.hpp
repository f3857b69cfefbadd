// The monitor histogram: what a beam monitor counts by arrival time, from its events or from histograms that it sends.
#pragma once

#include "workflows/archive.hpp"
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
// All float64, unit counts, with variances: equal to the counts for events and for histograms without variances of
// their own (Poisson).
class monitor_histogram final : public workflow {
public:
  monitor_histogram(const edges_model& edges, const range_model& range);

  // Events: pixel ids, if there are any, do not matter. Histograms: one dimension of any name, with bin edges of that
  // name in a unit of time; they are rebinned to the user's edges, and what lies outside is dropped. Their unit is
  // counts, dimensionless or none, and stays what it was first; events are counts. Each array is taken or refused for
  // itself. Throws partly_refused if others were taken, else std::invalid_argument.
  void accumulate(const job_data& data) override;
  std::vector<workflow_output> finalize() override;
  void clear() override;
  void state(archive& a) override;

  event_tally tally() const override { return tally_; }

private:
  struct counts {
    std::vector<std::uint64_t> events;
    // From histograms; empty until one has come.
    std::vector<double> value;
    std::vector<double> variance;

    void state(archive& a);
  };

  void add(const stream_data& stream);
  void add(const event_batch& events);
  void add(const data_array& histogram);
  data_array spectrum(const counts& c) const;
  static data_array total(const counts& c, bin_range range);
  static void add(counts& sum, const counts& term);
  // Throws std::invalid_argument unless the counts so far have that unit, or there are none.
  void check_unit(const std::optional<std::string>& unit);

  variable edges_;
  double ns_per_unit_;
  time_bins bins_;
  bin_range range_;
  counts past_;
  counts window_;
  event_tally tally_;
  window_bounds bounds_;
  // Of what came so far: nothing, or the unit (which may be none).
  bool has_unit_ = false;
  std::optional<std::string> unit_;
};

workflow_kind monitor_histogram_kind();

} // namespace livedata
