// Kind "qmap": maps of momentum and energy transfer of an indirect spectrometer.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings
//   cut           what the axes of the map are: "q_and_energy" (|Q| and ΔE), "directions" (two of Qx, Qy, Qz) or
//                 "vectors" (Q along two vectors)
//   lookup_table  wavelength/table_choice.hpp
//   simulation    the name of a NeXus file among the "files" of the instrument, with analysers and a monitor
//   monitor       the monitor in that file
//   group         the dimension of the detector that has a map for each index
//   group_values, group_unit   the coordinate along it
//   sample_angle, tank_angle   the streams that the sample's rotation and that of the analysers come on
// Output: cut_data (group, axis 2, axis 1). The page of formulas is qmap.cpp.
workflow_kind qmap_kind();

} // namespace livedata
