// Writes results to files.
#pragma once

#include "actors/publisher/result_sink.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace livedata {

// Writes da00 messages: <folder>/<source>/<workflow>/<output>.da00 with the latest message of each output, replaced as
// a whole so that a reader never sees half of it; or, keeping all, <output>-<batch>.da00 beside each other. And NeXus
// files with all outputs of a job: results.h5 in the same folder, or results-<batch>.h5; a process of its own writes
// them. Each job has a folder of its own: where another job has it already, <workflow>-<job number> takes the place of
// <workflow>.
class file_sink final : public result_sink {
public:
  enum class keep : std::uint8_t { latest, all };

  struct formats {
    bool da00 = true;
    bool hdf5 = false;
  };

  // Creates the folder; throws if it cannot.
  file_sink(std::filesystem::path folder, keep what, formats written = {true, false});

  // Writes all that it can. Then throws incomplete_delivery with the first reason if something could not be written.
  void deliver(const result_set& results) override;
  std::optional<std::string> missing() const override;

private:
  const std::filesystem::path& place_of(const job_result& r);
  std::string file_name(const std::string& stem, std::string_view ending, std::uint64_t batch) const;
  void write_messages(const job_result& r, std::uint64_t batch);
  void write_nexus_files(const result_set& results);
  void fails(const std::string& why);

  std::filesystem::path folder_;
  keep keep_;
  formats formats_;
  std::map<job_id, std::filesystem::path> places_;
  std::set<std::filesystem::path> taken_;
  // Files that could not be written, and why the last of them could not.
  std::uint64_t failed_ = 0;
  std::string why_;
  // The same in this call of deliver(), and the first reason.
  std::uint64_t failed_now_ = 0;
  std::string first_;
};

} // namespace livedata
