// Kind "not_available": a workflow that an instrument has, but this program cannot run yet. It is listed with its
// outputs; asking for it gets an error that says why.
//
// Settings: "reason", a text; "outputs", titles by output name.
#pragma once

#include "workflows/registry.hpp"

namespace livedata {

workflow_kind not_available_kind();

} // namespace livedata
