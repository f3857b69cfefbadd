// Keeps the latest results of each job, and writes a picture of each job at the end.
#pragma once

#include "actors/messages.hpp"
#include "actors/publisher/result_sink.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// The picture shows the default_output() of a job. Files are named <source>-<workflow>.png, or
// <source>-<workflow>-<job number>.png where several jobs would have the same name. Characters that are not safe in a
// file name become '_'.
class image_sink final : public result_sink {
public:
  // Creates the folder; throws std::runtime_error if it cannot.
  explicit image_sink(std::filesystem::path folder);

  void deliver(const result_set& results) override;

  // Writes all pictures, also after one has failed. Then throws std::runtime_error with path and reason of each
  // failure.
  void finish() override;

  std::optional<std::string> missing() const override { return missing_; }

private:
  struct entry {
    workflow_id workflow;
    // "cumulative" alone where there is one.
    std::vector<job_output> outputs;
  };

  std::filesystem::path folder_;
  std::map<job_id, entry> latest_;
  std::optional<std::string> missing_;
};

} // namespace livedata
