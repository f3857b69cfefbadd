#include "workflows/instrument/instrument_reader.hpp"

#include "messages/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace livedata {

namespace {

constexpr std::int64_t max_pixel = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t max_simulated_events = 1'000'000;
constexpr double share_tolerance = 1e-6;
constexpr std::array<std::string_view, 4> services{"detector_data", "monitor_data", "data_reduction", "timeseries"};

// A name that becomes a part of "instrument/name/version".
std::string id_part(const json_node& node) {
  auto name = node.text();
  if (name.find('/') != std::string::npos) node.refuse("a name without '/'");
  return name;
}

// A name out of a set; the failure suggests the nearest.
std::string one_of(const json_node& node, std::string_view what, const std::vector<std::string>& known) {
  auto name = node.text();
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  auto close = nearest(name, known);
  node.fail(fmt::format("there is no {} \"{}\"{}; allowed: {}", what, name,
                        close ? fmt::format(" (did you mean \"{}\"?)", *close) : "", fmt::join(known, ", ")));
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const auto& thing : things)
    names.push_back(thing.name);
  return names;
}

std::vector<std::pair<std::string, std::int64_t>> read_sizes(const json_node& node) {
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  std::int64_t pixels = 1;
  for (const auto& [dim, size] : node.members()) {
    sizes.emplace_back(dim, size.integer(1, max_pixel));
    if (sizes.back().second > max_pixel / pixels) {
      node.fail(
        fmt::format("the sizes make more pixels than detector numbers can count; allowed: {} pixels", max_pixel));
    }
    pixels *= sizes.back().second;
  }
  if (sizes.empty()) node.refuse("an object with the size of each dimension, the outermost first");
  return sizes;
}

detector read_detector(const json_node& node) {
  node.allow_keys({"name", "title", "first_pixel", "sizes", "geometry", "simulated_share"});
  detector d;
  d.name = node.at("name").text();
  d.title = node.at("title").text();
  d.sizes = read_sizes(node.at("sizes"));
  auto last_start = max_pixel - d.pixel_count() + 1;
  d.first_pixel = static_cast<std::int32_t>(node.at("first_pixel").integer(0, last_start));
  if (auto geometry = node.find("geometry")) {
    geometry->at("kind").text();
    d.geometry = geometry->object_without_comments();
  }
  d.simulated_share = node.at("simulated_share").number(0, 1);
  return d;
}

monitor read_monitor(const json_node& node) {
  node.allow_keys({"name", "title", "simulated_events"});
  return {node.at("name").text(), node.at("title").text(),
          node.at("simulated_events").integer(0, max_simulated_events)};
}

void check_stream_names(const instrument& inst, const json_node& detectors, const json_node& monitors) {
  std::set<std::string> taken;
  auto check = [&](const auto& things, const json_node& list) {
    auto nodes = list.items();
    for (std::size_t i = 0; i < things.size(); ++i) {
      if (!taken.insert(things[i].name).second) {
        nodes[i].at("name").fail(fmt::format(
          "the name \"{}\" is taken; allowed: a name of its own for each detector and monitor", things[i].name));
      }
    }
  };
  check(inst.detectors, detectors);
  check(inst.monitors, monitors);
}

void check_pixel_ranges(const instrument& inst, const json_node& detectors) {
  auto nodes = detectors.items();
  for (std::size_t i = 0; i < inst.detectors.size(); ++i) {
    const auto& a = inst.detectors[i];
    for (std::size_t j = 0; j < i; ++j) {
      const auto& b = inst.detectors[j];
      auto end_a = a.first_pixel + a.pixel_count();
      auto end_b = b.first_pixel + b.pixel_count();
      if (a.first_pixel < end_b && b.first_pixel < end_a) {
        nodes[i]
          .at("first_pixel")
          .fail(fmt::format("the pixels {} to {} of \"{}\" overlap those of \"{}\", {} to {}; allowed: ranges that are "
                            "apart",
                            a.first_pixel, end_a - 1, a.name, b.name, b.first_pixel, end_b - 1));
      }
    }
  }
}

void check_shares(const instrument& inst, const json_node& detectors) {
  if (inst.detectors.empty()) return;
  double sum = 0;
  for (const auto& d : inst.detectors)
    sum += d.simulated_share;
  if (std::abs(sum - 1) > share_tolerance) {
    detectors.fail(
      fmt::format("simulated_share of all detectors adds up to {}; allowed: 1, within {}", sum, share_tolerance));
  }
}

// "detectors", "monitors" or a list of names.
std::vector<std::string> read_sources(const json_node& node, const instrument& inst) {
  std::vector<std::string> sources;
  if (node.value().is_string()) {
    auto word = node.text();
    if (word != "detectors" && word != "monitors") node.refuse("a list of names, or \"detectors\" or \"monitors\"");
    sources = word == "detectors" ? names_of(inst.detectors) : names_of(inst.monitors);
    if (sources.empty()) node.fail(fmt::format("the instrument has no {}; allowed: at least one source", word));
    return sources;
  }
  if (!node.value().is_array() || node.value().empty()) {
    node.refuse("a list of names, or \"detectors\" or \"monitors\"");
  }
  auto known = names_of(inst.detectors);
  for (const auto& m : inst.monitors)
    known.push_back(m.name);
  for (const auto& item : node.items()) {
    auto name = one_of(item, "detector or monitor", known);
    if (std::find(sources.begin(), sources.end(), name) != sources.end()) {
      item.fail(fmt::format("the source \"{}\" stands twice; allowed: once", name));
    }
    sources.push_back(std::move(name));
  }
  return sources;
}

workflow_declaration read_workflow(const json_node& node, const instrument& inst) {
  node.allow_keys({"name", "version", "title", "service", "kind", "sources", "settings"});
  workflow_declaration w;
  w.name = id_part(node.at("name"));
  if (auto version = node.find("version")) {
    w.version = static_cast<int>(version->integer(1, std::numeric_limits<int>::max()));
  }
  w.title = node.at("title").text();
  w.service = one_of(node.at("service"), "service", {services.begin(), services.end()});
  w.kind = node.at("kind").text();
  w.sources = read_sources(node.at("sources"), inst);
  auto settings = node.find("settings");
  w.settings = settings ? settings->object_without_comments() : json::object();
  if (inst.find_workflow(w.name, w.version) != nullptr) {
    node.at("name").fail(fmt::format("the workflow \"{}\" has version {} already; allowed: each name and version once",
                                     w.name, w.version));
  }
  return w;
}

bool takes_source(const instrument& inst, std::string_view workflow, std::string_view source) {
  return std::any_of(inst.workflows.begin(), inst.workflows.end(), [&](const auto& w) {
    return w.name == workflow && std::find(w.sources.begin(), w.sources.end(), source) != w.sources.end();
  });
}

// One entry of a job set: for each source, each workflow.
void read_jobs(const json_node& node, const instrument& inst, std::vector<job_suggestion>& jobs) {
  node.allow_keys({"workflows", "sources"});
  auto list = node.at("workflows");
  auto workflows = list.items();
  if (workflows.empty()) list.refuse("a list of at least one workflow name");
  auto known = names_of(inst.workflows);
  auto sources = read_sources(node.at("sources"), inst);
  for (const auto& source : sources) {
    for (const auto& workflow : workflows) {
      auto name = one_of(workflow, "workflow", known);
      if (!takes_source(inst, name, source)) {
        workflow.fail(
          fmt::format("the workflow \"{}\" does not take the source \"{}\"; allowed: its own sources", name, source));
      }
      auto same = [&](const job_suggestion& job) { return job.workflow == name && job.source == source; };
      if (std::any_of(jobs.begin(), jobs.end(), same)) {
        workflow.fail(fmt::format("the job \"{}\" on \"{}\" stands twice in its set; allowed: once", name, source));
      }
      jobs.push_back({name, source});
    }
  }
}

} // namespace

instrument read_instrument(const json_node& root) {
  root.allow_keys({"name", "title", "note", "detectors", "monitors", "workflows", "job_sets"});
  instrument inst;
  inst.name = id_part(root.at("name"));
  inst.title = root.at("title").text();
  if (auto note = root.find("note")) inst.note = note->text();

  auto detectors = root.at("detectors");
  auto monitors = root.at("monitors");
  for (const auto& node : detectors.items())
    inst.detectors.push_back(read_detector(node));
  for (const auto& node : monitors.items())
    inst.monitors.push_back(read_monitor(node));
  check_stream_names(inst, detectors, monitors);
  check_pixel_ranges(inst, detectors);
  check_shares(inst, detectors);

  for (const auto& node : root.at("workflows").items())
    inst.workflows.push_back(read_workflow(node, inst));
  for (const auto& [name, entries] : root.at("job_sets").members()) {
    auto& jobs = inst.job_sets.emplace_back(name, std::vector<job_suggestion>{}).second;
    for (const auto& entry : entries.items())
      read_jobs(entry, inst, jobs);
  }
  return inst;
}

} // namespace livedata
