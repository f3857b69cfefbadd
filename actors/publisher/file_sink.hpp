// Writes results to files.
#pragma once

#include "actors/publisher/result_sink.hpp"

#include <cstdint>
#include <filesystem>

namespace livedata {

// Writes da00 messages: <folder>/<source>/<workflow>/<output>.da00 with the latest message of each output, replaced as
// a whole so that a reader never sees half of it; or, keeping all, <output>-<batch>.da00 beside each other.
class file_sink final : public result_sink {
public:
  enum class keep : std::uint8_t { latest, all };

  // Creates the folder; throws if it cannot.
  file_sink(std::filesystem::path folder, keep what);

  void deliver(const result_set& results) override;

private:
  std::filesystem::path folder_;
  keep keep_;
};

} // namespace livedata
