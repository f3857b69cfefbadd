#include "actors/publisher/file_sink.hpp"

#include "actors/publisher/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace livedata {

namespace {

// A name as one part of a path.
std::string path_part(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name.empty() || name.front() == '.' ? "_" + name : name;
}

} // namespace

file_sink::file_sink(std::filesystem::path folder, keep what) : folder_(std::move(folder)), keep_(what) {
  std::filesystem::create_directories(folder_);
}

// The first job of a source and workflow has the plain name.
const std::filesystem::path& file_sink::place_of(const job_result& r) {
  auto known = places_.find(r.job);
  if (known != places_.end()) return known->second;
  auto place = folder_ / path_part(r.job.source_name) / path_part(r.workflow.name);
  if (!taken_.insert(place).second) {
    place += fmt::format("-{}", to_string(r.job.job_number));
    taken_.insert(place);
  }
  return places_.emplace(r.job, std::move(place)).first->second;
}

void file_sink::deliver(const result_set& results) {
  std::uint64_t failed = 0;
  std::string first;
  auto fails = [&](const std::string& why) {
    if (failed++ == 0) first = why;
    ++failed_;
    why_ = why;
  };
  for (const auto& r : results.results) {
    const auto& place = place_of(*r);
    std::error_code problem;
    std::filesystem::create_directories(place, problem);
    for (const auto& output : r->outputs) {
      auto name = keep_ == keep::latest ? fmt::format("{}.da00", path_part(output.name))
                                        : fmt::format("{}-{:08}.da00", path_part(output.name), results.batch);
      if (auto written = write_whole_file(place / name, output.message->bytes()); !written)
        fails(written.error().message);
    }
  }
  if (failed > 0) throw incomplete_delivery(failed, first);
}

std::optional<std::string> file_sink::missing() const {
  if (failed_ == 0) return std::nullopt;
  return fmt::format("{} results are missing in {}; the last: {}", failed_, folder_.string(), why_);
}

} // namespace livedata
