// A golden case: what is run, what it is fed batch by batch, and what has to come out.
#pragma once

#include "golden/comparison.hpp"
#include "golden/hdf5_content.hpp"
#include "messages/json.hpp"
#include "messages/timestamp.hpp"
#include "workflows/workflow.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata::golden {

struct input_batch {
  timestamp start;
  timestamp end;
  // Whether results are asked for.
  bool finalize = true;
  // By the name of the stream. Logs are the series up to here.
  std::vector<std::pair<std::string, stream_value>> streams;
};

struct expected_batch {
  // The text of the failure, if there is no result.
  std::string error;
  // In the order of publication. Nothing: the job publishes nothing.
  std::vector<std::pair<std::string, wire_array>> outputs;
};

struct golden_case {
  std::string name;
  std::filesystem::path folder;
  json manifest;

  golden_case(std::string case_name, std::filesystem::path case_folder);

  std::vector<input_batch> inputs() const;
  // Batch by batch; nothing for a batch that no result was asked of. `file`: "expected.h5".
  std::vector<std::optional<expected_batch>> expected(const std::string& file, std::size_t batches) const;

  // Whether a stream of the batches brings events.
  bool has_events(const std::string& stream) const;
};

// The events of a group of a file, a chunk for each message.
events_ptr read_events(const hdf5_content& file, const std::string& group);

// Runs a case and compares.
verdict run_workflow_case(const golden_case& c);
// Cases of the conversion to wavelength alone.
verdict run_wavelength_case(const golden_case& c);

} // namespace livedata::golden
