// Which lookup table a job takes: the setting "lookup_table" of its workflow. Either the name of a file among the
// "files" of the instrument, or one for each value of a parameter of the user:
//
//   "lookup_table": "wavelength_table"
//   "lookup_table": { "parameter": "instrument_configuration", "files": { "high_flux_BC215": "table_bc215", … } }
//
// The value of the parameter is its field "value".
#pragma once

#include "workflows/instrument/json_node.hpp"
#include "workflows/registry.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <memory>
#include <string>

namespace livedata {

// The name of the file. Throws json_error if the setting is wrong, parameter_error if it has no file for the value.
std::string chosen_table(const json_node& lookup_table, const json& completed_parameters);

// The table that this job takes, shared with others. Throws parameter_error.
std::shared_ptr<const lookup_table> table_of(const build_request& request);

} // namespace livedata
