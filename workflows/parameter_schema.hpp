// What a workflow's parameters may be, as a JSON schema (draft 2020-12), for people and for programs that ask.
#pragma once

#include "workflows/parameter_model.hpp"

namespace livedata {

// An object of the groups, each an object of its fields with type, default, and what is allowed. A rule between the
// fields of a group stands in its "description".
json parameter_schema(const parameter_model& model);

} // namespace livedata
