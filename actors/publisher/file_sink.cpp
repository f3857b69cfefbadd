#include "actors/publisher/file_sink.hpp"

#include "actors/publisher/nexus_file.hpp"
#include "actors/publisher/whole_file.hpp"
#include "messages/codec/da00.hpp"
#include "workflows/geometry/hdf5_writer.hpp"
#include "workflows/geometry/isolated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

namespace {

constexpr auto longest_nexus_writing = std::chrono::seconds(60);

// A result of a job, and where it is to be written.
struct whole_result {
  std::filesystem::path file;
  nexus_job job;
  std::vector<std::pair<std::string, da00::message>> outputs = {};
};

// What went wrong, a line each.
std::vector<std::byte> write_all_nexus(const std::vector<whole_result>& all) {
  std::string problems;
  for (const auto& w : all) {
    std::vector<named_output> outputs;
    for (const auto& [name, content] : w.outputs)
      outputs.push_back({name, &content});
    const auto written =
      write_whole_file(w.file, [&](const std::filesystem::path& part) { write_nexus(part, w.job, outputs); });
    if (written) continue;
    auto text = written.error().message;
    std::ranges::replace(text, '\n', ' ');
    problems += text + "\n";
  }
  const auto bytes = std::as_bytes(std::span(problems));
  return {bytes.begin(), bytes.end()};
}

// A name as one part of a path.
std::string path_part(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name.empty() || name.front() == '.' ? "_" + name : name;
}

} // namespace

file_sink::file_sink(std::filesystem::path folder, keep what, formats written)
  : folder_(std::move(folder)), keep_(what), formats_(written) {
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

std::string file_sink::file_name(const std::string& stem, std::string_view ending, std::uint64_t batch) const {
  return keep_ == keep::latest ? stem + std::string(ending) : fmt::format("{}-{:08}{}", stem, batch, ending);
}

void file_sink::fails(const std::string& why) {
  if (failed_now_++ == 0) first_ = why;
  ++failed_;
  why_ = why;
}

void file_sink::write_messages(const job_result& r, std::uint64_t batch) {
  const auto& place = place_of(r);
  for (const auto& output : r.outputs)
    if (auto written =
          write_whole_file(place / file_name(path_part(output.name), ".da00", batch), output.message->bytes());
        !written)
      fails(written.error().message);
}

// All files of a batch by one process: each costs some milliseconds.
void file_sink::write_nexus_files(const result_set& results) {
  std::vector<whole_result> all;
  for (const auto& r : results.results) {
    whole_result w{place_of(*r) / file_name("results", ".h5", results.batch), {r->job, r->workflow, r->start, r->end}};
    for (const auto& output : r->outputs)
      if (auto read = da00::read(output.message->bytes())) w.outputs.emplace_back(output.name, std::move(*read));
    all.push_back(std::move(w));
  }
  auto written = run_isolated([&] { return write_all_nexus(all); }, longest_nexus_writing);
  if (!written) return fails(fmt::format("{}: the NeXus files: {}", folder_.string(), written.error().message));
  const std::string_view problems(reinterpret_cast<const char*>(written->data()), written->size());
  for (std::size_t begin = 0; begin < problems.size();) {
    const auto end = std::min(problems.find('\n', begin), problems.size());
    fails(std::string(problems.substr(begin, end - begin)));
    begin = end + 1;
  }
}

void file_sink::deliver(const result_set& results) {
  failed_now_ = 0;
  for (const auto& r : results.results) {
    std::error_code told_when_written;
    std::filesystem::create_directories(place_of(*r), told_when_written);
    if (formats_.da00) write_messages(*r, results.batch);
  }
  if (formats_.hdf5 && !results.results.empty()) write_nexus_files(results);
  if (failed_now_ > 0) throw incomplete_delivery(failed_now_, first_);
}

std::optional<std::string> file_sink::missing() const {
  if (failed_ == 0) return std::nullopt;
  return fmt::format("{} results are missing in {}; the last: {}", failed_, folder_.string(), why_);
}

} // namespace livedata
