// Kind "powder_reduction": the intensity of powder diffraction by d-spacing, and normalised to vanadium.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings
//   lookup_table   wavelength/table_choice.hpp
//   parameters     further parameters of a user, which the lookup table is chosen by
//   vanadium       the name of a NeXus file with a vanadium run, in the "files" of the instrument; without it there are
//                  no normalised outputs
// Outputs: focussed_data_dspacing, focussed_data_dspacing_two_theta, focussed_data_tof; with vanadium i_of_dspacing,
// i_of_dspacing_two_theta, i_of_tof. The page of formulas is powder_reduction.cpp.
workflow_kind powder_reduction_kind();

} // namespace livedata
