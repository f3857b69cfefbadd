#include "workflows/instrument/instrument.hpp"

#include "messages/suggestion.hpp"
#include "workflows/instrument/instrument_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

namespace livedata {

namespace {

namespace fs = std::filesystem;

template <class T>
const T* find_named(const std::vector<T>& things, std::string_view name) {
  auto found = std::find_if(things.begin(), things.end(), [&](const T& thing) { return thing.name == name; });
  return found == things.end() ? nullptr : &*found;
}

// The names of the instruments in a folder; nothing if it cannot be read.
std::set<std::string> instruments_in(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (auto stem = entry->path().stem(); entry->path().extension() == ".json" && stem.extension() != ".schema")
      names.insert(stem.string());
  }
  return names;
}

std::string listed(const std::vector<fs::path>& folders) {
  std::vector<std::string> texts;
  for (const auto& folder : folders) {
    std::error_code error;
    auto there = fs::is_directory(folder, error);
    texts.push_back(folder.string() + (there ? "" : " (no such folder)"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

} // namespace

std::string device_name(std::string_view pattern, std::string_view source) {
  constexpr std::string_view placeholder = "{source_name}";
  std::string name(pattern);
  if (auto at = name.find(placeholder); at != std::string::npos) name.replace(at, placeholder.size(), source);
  return name;
}

std::string geometry_file::date() const {
  constexpr std::size_t date_length = 10;
  return name.substr(name.size() - date_length - std::string_view(".nxs").size(), date_length);
}

std::int64_t detector::pixel_count() const {
  std::int64_t count = 1;
  for (const auto& [dim, size] : sizes)
    count *= size;
  return count;
}

const detector* instrument::find_detector(std::string_view detector_name) const {
  return find_named(detectors, detector_name);
}

const monitor* instrument::find_monitor(std::string_view monitor_name) const {
  return find_named(monitors, monitor_name);
}

const area_detector* instrument::find_area_detector(std::string_view detector_name) const {
  return find_named(area_detectors, detector_name);
}

const log_stream* instrument::find_log(std::string_view log_name) const {
  return find_named(logs, log_name);
}

const device* instrument::find_device(std::string_view wanted) const {
  return find_named(devices, wanted);
}

const data_file* instrument::find_file(std::string_view file_name) const {
  auto found = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.first == file_name; });
  return found == files.end() ? nullptr : &found->second;
}

std::optional<std::string> instrument::unit_of(std::string_view stream) const {
  if (const auto* log = find_log(stream)) return log->unit;
  if (const auto* d = find_device(stream)) return unit_of(d->value);
  for (const auto& chopper : choppers)
    if (stream == chopper + "/delay_setpoint") return unit_of(chopper + "/delay");
  return std::nullopt;
}

std::vector<std::string> instrument::readings() const {
  std::set<std::string> names;
  for (const auto& log : logs)
    names.insert(log.name);
  for (const auto& chopper : choppers)
    names.insert(chopper + "/delay_setpoint");
  for (const auto& d : devices) {
    names.erase(d.value);
    if (d.target) names.erase(*d.target);
    if (d.idle) names.erase(*d.idle);
  }
  for (const auto& d : devices)
    names.insert(d.name);
  return {names.begin(), names.end()};
}

const workflow_declaration* instrument::find_workflow(std::string_view workflow_name, int version) const {
  auto found = std::find_if(workflows.begin(), workflows.end(),
                            [&](const auto& w) { return w.name == workflow_name && w.version == version; });
  return found == workflows.end() ? nullptr : &*found;
}

const std::vector<job_suggestion>* instrument::find_job_set(std::string_view set_name) const {
  auto found = std::find_if(job_sets.begin(), job_sets.end(), [&](const auto& set) { return set.first == set_name; });
  return found == job_sets.end() ? nullptr : &found->second;
}

result<instrument> parse_instrument(std::string_view text, std::string_view origin) {
  try {
    auto document = parse_json(text);
    return read_instrument(json_node(document));
  } catch (const json_error& e) {
    return failure{"bad_instrument", fmt::format("{}: {}", origin, e.what())};
  }
}

result<instrument> load_instrument(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    return failure{"unreadable_file", fmt::format("{}: this is a folder; name an instrument file", file.string())};
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return failure{"unreadable_file",
                   fmt::format("{}: cannot be opened: {}", file.string(), std::generic_category().message(errno))};
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return failure{"unreadable_file", fmt::format("{}: reading failed", file.string())};
  return parse_instrument(text, file.string());
}

result<fs::path> find_instrument(std::string_view name, const std::vector<fs::path>& folders) {
  std::error_code error;
  if (name.find('/') != std::string_view::npos || name.ends_with(".json")) {
    fs::path file(name);
    if (fs::is_regular_file(file, error)) return file;
    return failure{"unknown_instrument",
                   fmt::format("there is no instrument file {}; give the path of one, or a name without '/' and .json",
                               file.string())};
  }
  std::set<std::string> known;
  for (const auto& folder : folders) {
    auto file = folder / (std::string(name) + ".json");
    if (!name.empty() && fs::is_regular_file(file, error)) return file;
    known.merge(instruments_in(folder));
  }
  auto close = nearest(name, std::vector<std::string>(known.begin(), known.end()));
  return failure{"unknown_instrument", fmt::format("there is no instrument \"{}\"{}; known: {}; looked in: {}", name,
                                                   close ? fmt::format(" (did you mean \"{}\"?)", *close) : "",
                                                   known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")),
                                                   folders.empty() ? "no folder" : listed(folders))};
}

} // namespace livedata
