// A run of the program, from a configuration that is right to the exit code: one engine; or, in a cluster, one after
// the other, each with the shards of the jobs that this process has at the time.
#pragma once

#include "app/configuration/configuration.hpp"
#include "app/process.hpp"

namespace livedata {

int run(process& p, const configuration& cfg, const configured& what);

} // namespace livedata
