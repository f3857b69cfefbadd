// How the choppers of an instrument turn in the simulator, and the lookup table that goes with it.
#pragma once

#include "workflows/files/data_files.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/wavelength/lookup_table.hpp"
#include "workflows/wavelength/table_settings.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace livedata {

// A pulse of the ESS: neutrons of the simulated wavelengths leave evenly over 2.86 ms, 14 times a second.
source_pulse simulated_pulse(const simulation& s);

// How a chopper turns. One that the instrument file says nothing of turns once a pulse, without delay.
chopper_setting simulated_setting(const instrument& inst, std::string_view chopper);

// The choppers that neutrons of the simulator pass: those with a setting. None where the beamline is that of a geometry
// file, for which these settings are not meant. Throws parameter_error.
std::vector<turning_chopper> simulated_choppers(const instrument& inst, const beamline& b);

// A table for these neutrons, from the first monitor to 12 m behind the sample. Throws parameter_error if the
// instrument simulates no neutrons, or does not say where source and sample are.
lookup_table simulated_table(const instrument& inst);

// Has all lookup tables of the instrument be the simulated one, if it simulates neutrons.
void simulate_tables(const std::shared_ptr<const instrument>& inst, data_files& files);

} // namespace livedata
