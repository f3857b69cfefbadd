// Kind "i_of_q": the intensity of small-angle scattering by momentum transfer.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

// Settings: lookup_table (wavelength/table_choice.hpp).
// Auxiliary roles: incident_monitor, transmission_monitor.
// Outputs: i_of_q, transmission_fraction (only with transmission mode current_run). The page of formulas is i_of_q.cpp.
workflow_kind i_of_q_kind();

} // namespace livedata
