#include "actors/publisher/result_sink.hpp"

#include "actors/publisher/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

void result_sink::send(std::span<const outgoing_message> /*messages*/) {}

void memory_sink::deliver(const result_set& results) {
  std::lock_guard lock(mutex_);
  for (const auto& r : results.results)
    for (const auto& output : r->outputs)
      messages_.push_back(output.message);
}

void memory_sink::send(std::span<const outgoing_message> messages) {
  std::lock_guard lock(mutex_);
  sent_.insert(sent_.end(), messages.begin(), messages.end());
}

std::vector<outgoing_message> memory_sink::sent() const {
  std::lock_guard lock(mutex_);
  return sent_;
}

std::vector<payload_ptr> memory_sink::messages() const {
  std::lock_guard lock(mutex_);
  return messages_;
}

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

template <class F>
void fan_sink::each(F&& f) {
  std::string problems;
  auto note = [&](const std::exception& e) { problems += problems.empty() ? e.what() : std::string("; ") + e.what(); };
  bool all_lost = false;
  std::uint64_t failed = 0;
  for (auto& sink : sinks_) {
    try {
      f(*sink);
    } catch (const incomplete_delivery& e) {
      failed = std::max(failed, e.failed);
      note(e);
    } catch (const std::exception& e) {
      all_lost = true;
      note(e);
    }
  }
  if (all_lost) throw std::runtime_error(problems);
  if (failed > 0) throw incomplete_delivery(failed, problems);
}

void fan_sink::deliver(const result_set& results) {
  each([&](result_sink& s) { s.deliver(results); });
}

void fan_sink::send(std::span<const outgoing_message> messages) {
  each([&](result_sink& s) { s.send(messages); });
}

void fan_sink::finish() {
  each([](result_sink& s) { s.finish(); });
}

} // namespace livedata
