// Kind "reflectometry": the intensity that a sample reflects, by angle, wavelength and momentum transfer.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings
//   lookup_table         wavelength/table_choice.hpp
//   run                  the name of a NeXus file among the "files" of the instrument: geometry and angles are from it
//   sample_rotation, detector_rotation   paths of the logs in that file
//   y, z                 dimensions of the detector that y_index and z_index count
// Outputs: i_of_wavelength, i_of_q, i_of_theta_wavelength. The page of formulas is reflectometry.cpp.
workflow_kind reflectometry_kind();

} // namespace livedata
