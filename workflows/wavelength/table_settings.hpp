// From choppers and how they turn to a lookup table: what the workflow wavelength_lut and the tool that writes tables
// share.
#pragma once

#include "workflows/parameter_model.hpp"
#include "workflows/wavelength/chopper_cascade.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Parameters of a user. Lengths are in m, times in µs.
struct table_settings {
  // Hz.
  double pulse_frequency = 14;
  // Nothing: guessed from the speeds of the choppers.
  std::optional<std::int64_t> stride = std::nullopt;
  // Not a parameter: tables for real data are for a pulse that is longer than that of the ESS, as in the field's own
  // software.
  source_pulse pulse = {};
  // By how much neutrons start downstream of the source.
  double source_offset = 0;
  double distance_start = 5;
  double distance_stop = 30;
  double distance_resolution = 0.1;
  double time_resolution = 250;
  // Where else the bands that pass are shown, and at how many times.
  std::vector<double> band_distances = {};
  std::int64_t band_bins = 1000;
};

parameter_model table_model();

// From parameters completed by the model. Throws parameter_error.
table_settings to_table_settings(const json& completed);

// Bytes that tables of these settings need. The stride is taken to be `stride` at most.
double memory_of(const table_settings& s, std::int64_t stride);

// A chopper of an instrument and how it turns.
struct turning_chopper {
  chopper_disk disk;
  // Along the beam from the source, without the offset, m.
  double distance = 0;
  chopper_setting setting = {};
};

// The choppers that an instrument declares. Throws parameter_error that names the chopper, if the beamline does not
// have one of them, or if source or chopper move.
std::vector<turning_chopper> choppers_of(const instrument& inst, const beamline& b);

struct cascade_bands {
  // m from the source; increasing.
  std::vector<double> distance;
  // µs.
  std::vector<double> time;
  // Å and Å², distance by time, row-major.
  std::vector<double> wavelength;
  std::vector<double> variance;
};

struct computed_table {
  lookup_table table;
  // Its times, µs.
  std::vector<double> time;
  cascade_bands bands;
};

// Throws std::invalid_argument: choppers with speeds that do not fit, or before the source.
computed_table compute_table(const table_settings& s, const std::vector<turning_chopper>& choppers);

} // namespace livedata
