// Keeps a picture of the latest cumulative result of each job, and writes the pictures at the end.
#pragma once

#include "actors/publisher/result_sink.hpp"

#include <filesystem>
#include <map>
#include <memory>

namespace livedata {

// Takes the output "cumulative"; jobs without one have no picture. Files are named <source>-<workflow>.png, and
// <source>-<workflow>-<job number>.png where that would be one name for several jobs. What has no place in a file name
// becomes
// '_'.
class image_sink final : public result_sink {
public:
  // Creates the folder; throws std::runtime_error if it cannot.
  explicit image_sink(std::filesystem::path folder);

  void deliver(const result_set& results) override;

  // Writes all pictures. Those that fail do not keep the others from being written; throws std::runtime_error with the
  // path and reason of each.
  void finish() override;

private:
  struct entry {
    workflow_id workflow;
    payload_ptr message;
  };

  std::filesystem::path folder_;
  std::map<job_id, entry> latest_;
};

} // namespace livedata
