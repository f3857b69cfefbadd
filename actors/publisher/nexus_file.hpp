// Results as NeXus files, which silx, h5web, scippnexus, Mantid and h5py open.
#pragma once

#include "messages/codec/da00.hpp"
#include "messages/ids.hpp"
#include "messages/timestamp.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace livedata {

// Whose results they are, and from when the data are.
struct nexus_job {
  job_id job;
  workflow_id workflow;
  timestamp start;
  timestamp end;
};

struct named_output {
  std::string name;
  // Lives as long as the call.
  const da00::message* content = nullptr;
};

// The one that is shown of a job where there is room for one: "cumulative", else the first that is no single number,
// else the first. Null if there is none.
const named_output* default_output(const std::vector<named_output>& outputs);

// Writes /entry (NXentry: title, start_time, end_time, program_name, and the job and workflow as attributes) with an
// NXdata for each output: signal, errors (standard deviations), coordinates, units. A coordinate of a dimension is its
// axis. The default is default_output(). Throws hdf5_write_error. The
// HDF5 library is not safe for threads: call it where nobody else uses that, in a process of its own (run_isolated).
void write_nexus(const std::filesystem::path& file, const nexus_job& job, const std::vector<named_output>& outputs);

} // namespace livedata
