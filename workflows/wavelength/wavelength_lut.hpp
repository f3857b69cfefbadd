// The workflow wavelength_lut: a lookup table from the choppers of an instrument, as they turn at present.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/registry.hpp"
#include "workflows/wavelength/table_settings.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Outputs: wavelength_lut (distance by event_time_offset; Å, with variances; scalar coordinates pulse_period,
// pulse_stride, distance_resolution, time_resolution), chopper_cascade_bands (the same at the source, at each chopper,
// and where else the user asks for). Both are for the latest speeds and delays; nothing is accumulated.
class wavelength_lut final : public workflow {
public:
  // The resolutions as the user gave them go out with the table.
  wavelength_lut(table_settings settings, std::vector<turning_chopper> choppers, variable distance_resolution,
                 variable time_resolution);

  // Streams <chopper>/rotation_speed_setpoint and <chopper>/delay_setpoint, in a unit of frequency and of time. Throws
  // std::invalid_argument for others, for an empty series, and for other units.
  void set_context(std::string_view stream, const stream_value& value) override;

  // The primary data are triggers: only that there are some counts.
  void accumulate(const job_data& data) override;

  // Throws std::runtime_error if a chopper has no speed or delay yet, or there has been no trigger;
  // std::invalid_argument if the speeds do not fit each other or the source.
  std::vector<workflow_output> finalize() override;
  void clear() override;
  void state(archive& a) override;

  std::vector<std::string> waits_for() const override;

private:
  struct reading {
    std::optional<double> frequency;
    std::optional<double> delay;

    void state(archive& a);
  };

  table_settings settings_;
  std::vector<turning_chopper> choppers_;
  variable distance_resolution_;
  variable time_resolution_;
  // One for each chopper.
  std::vector<reading> readings_;
  bool triggered_ = false;
};

workflow_kind wavelength_lut_kind();

} // namespace livedata
