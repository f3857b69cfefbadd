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

void file_sink::deliver(const result_set& results) {
  for (const auto& r : results.results) {
    auto place = folder_ / path_part(r->job.source_name) / path_part(r->workflow.name);
    std::filesystem::create_directories(place);
    for (const auto& output : r->outputs) {
      auto name = keep_ == keep::latest ? fmt::format("{}.da00", path_part(output.name))
                                        : fmt::format("{}-{:08}.da00", path_part(output.name), results.batch);
      if (auto written = write_whole_file(place / name, output.message->bytes()); !written)
        throw std::runtime_error(written.error().message);
    }
  }
}

} // namespace livedata
