// Readings of a log or device over time.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/registry.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// One output, delta: the samples that were not given out before, along `time` (int64, datetime64[ns]): newer ones, the
// newest if it has changed since, and those that came after a wrong time was taken back. The first time all that are
// kept, also from before the job was made. Values are float64, or int64 while the log has
// brought whole numbers only; unit of the log. Devices have coordinates `target` (float64, unit of the device) and
// `idle` (int32, 0 or 1).
class timeseries final : public workflow {
public:
  // `source`: name of the log or device, for notes.
  explicit timeseries(std::string source) : source_(std::move(source)) {}

  // Takes exactly one series. Throws std::invalid_argument otherwise.
  void accumulate(const job_data& data) override;

  // Throws std::runtime_error if there is nothing new.
  std::vector<workflow_output> finalize() override;

  // Everything that is kept will be given out again with the next data.
  void clear() override;

  // Saves no samples that were given out, but the last.
  void state(archive& a) override;

  // Says so if samples were dropped from the front of the series before they were given out.
  std::vector<std::string> take_notes() override { return std::exchange(notes_, {}); }

private:
  // The first sample that was not given out.
  std::size_t first_new() const;

  std::string source_;
  std::vector<std::string> notes_;
  series_ptr series_;
  // What was given out last: its newest sample at least.
  series_ptr given_;
};

workflow_kind timeseries_kind();

} // namespace livedata
