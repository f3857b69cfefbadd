// The monitor histogram: what a beam monitor counts by arrival time or wavelength, from its events or from histograms
// that it sends.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/geometry/moving_chain.hpp"
#include "workflows/geometry/vec3.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/registry.hpp"
#include "workflows/value_models.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/wavelength/lookup_table.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// What a monitor needs for wavelengths.
struct monitor_beam {
  // Of the monitor, for messages.
  std::string name;
  std::shared_ptr<const lookup_table> table;
  vec3 source;
  transformation_chain chain;
  // The streams that move it.
  std::vector<context_binding> bindings = {};
};

// Outputs, in this order: cumulative, current (over time_of_arrival or wavelength, with the user's edges),
// counts_total, counts_in_toa_range (since the last result), counts_total_cumulative, counts_in_toa_range_cumulative.
// All float64, unit counts, with variances: equal to the counts for events and for histograms without variances of
// their own (Poisson). In wavelengths, each has the scalar coordinate Ltotal: the flight path, m.
class monitor_histogram final : public workflow {
public:
  monitor_histogram(const edges_model& edges, const range_model& range);
  // In wavelengths: `edges` and `range` are in units of wavelength. Throws std::runtime_error if it is not known where
  // the monitor stands, although nothing moves it, or if the table does not cover its flight path.
  monitor_histogram(const edges_model& edges, const range_model& range, monitor_beam beam);

  // Events: pixel ids, if there are any, do not matter. Histograms: one dimension of any name, with bin edges of that
  // name in a unit of time; they are rebinned to the user's edges, and what lies outside is dropped. In wavelengths,
  // the name must be one of those in histogram_input.hpp. Their unit is counts, dimensionless or none, and stays what
  // it was first; events are counts. Each array is taken or refused for itself. Throws partly_refused if others were
  // taken, else std::invalid_argument. If the monitor has moved, counts start anew first.
  void accumulate(const job_data& data) override;

  // Takes the streams that move the monitor.
  void set_context(std::string_view stream, const stream_value& value) override;
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

  // What it takes to count in wavelengths.
  struct wavelength_scale {
    std::shared_ptr<const lookup_table> table;
    vec3 source;
    std::string name;
    moving_chain chain;
    // Å.
    value_bins bins;
    double flight_path = 0;
    std::optional<event_wavelengths> wavelengths = std::nullopt;
  };

  void follow();
  void place(const affine& where);
  void add(const event_batch& events);
  void add_wavelengths(const event_batch& events);
  void add(const data_array& histogram);
  void stamp_flight_path(data_array& a) const;
  data_array spectrum(const counts& c) const;
  data_array total(const counts& c, bin_range range) const;
  static void add(counts& sum, const counts& term);
  // Throws std::invalid_argument unless the counts so far have that unit, or there are none.
  void check_unit(const std::optional<std::string>& unit);

  std::string dimension_;
  variable edges_;
  double ns_per_unit_ = 1;
  std::optional<time_bins> time_;
  std::optional<wavelength_scale> wavelength_;
  std::size_t bins_;
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
