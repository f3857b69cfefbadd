#include "workflows/instrument/instrument_reader.hpp"

#include "workflows/instrument/named_choice.hpp"
#include "workflows/instrument/simulation_reader.hpp"
#include "workflows/instrument/stream_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <regex>

namespace livedata {

namespace {

constexpr std::int64_t max_pixel = std::numeric_limits<std::int32_t>::max();
constexpr double share_tolerance = 1e-6;

// A name that becomes a part of "instrument/name/version".
std::string id_part(const json_node& node) {
  auto name = node.text();
  if (name.find('/') != std::string::npos) node.refuse("a name without '/'");
  return name;
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

detector::parts read_nexus_parts(const json_node& node, const detector& d) {
  node.allow_keys({"along", "groups"});
  detector::parts parts;
  std::int64_t count = 1;
  for (const auto& dim : node.at("along").items()) {
    auto found = std::find_if(d.sizes.begin(), d.sizes.end(), [&](const auto& s) { return s.first == dim.text(); });
    if (found == d.sizes.end()) dim.refuse("the dimensions in the sizes of the detector");
    parts.along.push_back(found->first);
    count *= found->second;
  }
  for (const auto& group : node.at("groups").items())
    parts.groups.push_back(group.text());
  if (static_cast<std::int64_t>(parts.groups.size()) != count)
    node.at("groups").refuse(fmt::format("{} groups, one for each index along the dimensions in \"along\"", count));
  return parts;
}

detector read_detector(const json_node& node) {
  node.allow_keys({"name", "title", "first_pixel", "sizes", "geometry", "nexus_group", "folded_in_nexus", "nexus_parts",
                   "simulated_share", "addresses", "development_sources"});
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
  auto group = node.find("nexus_group");
  d.nexus_group = group ? group->text() : "/entry/instrument/" + d.name;
  if (auto folded = node.find("folded_in_nexus")) d.folded_in_nexus = folded->boolean();
  if (auto parts = node.find("nexus_parts")) d.nexus_parts = read_nexus_parts(*parts, d);
  d.simulated_share = node.at("simulated_share").number(0, 1);
  d.addresses = read_addresses(node);
  if (auto sources = node.find("development_sources")) {
    for (const auto& item : sources->items())
      d.development_sources.push_back(item.text());
  }
  return d;
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
                            "apart, or \"overlapping_pixels\": true for the instrument",
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

geometry_file read_geometry_file(const json_node& node, const instrument& inst) {
  node.allow_keys({"name", "md5"});
  auto name = node.at("name");
  geometry_file file{{name.text(), node.at("md5").text()}};
  static const std::regex pattern("geometry-[A-Za-z0-9-]+-[0-9]{4}-[0-9]{2}-[0-9]{2}\\.nxs");
  if (!std::regex_match(file.name, pattern)) name.refuse("geometry-<instrument>-<YYYY-MM-DD>.nxs");
  if (!inst.geometry_files.empty() && file.date() <= inst.geometry_files.back().date())
    name.refuse("a later date than that of the file before");
  return file;
}

std::vector<std::pair<std::string, data_file>> read_files(const json_node& node) {
  std::vector<std::pair<std::string, data_file>> files;
  for (const auto& [name, file] : node.members()) {
    file.allow_keys({"name", "md5"});
    auto md5 = file.find("md5");
    data_file f{file.at("name").text(), md5 ? md5->text() : ""};
    if (f.name.find('/') != std::string::npos) file.at("name").refuse("the name of a file, without folders");
    files.emplace_back(name, std::move(f));
  }
  return files;
}

// A word that stands for all sources of a kind.
std::vector<std::string> all_sources(const json_node& node, const instrument& inst) {
  auto word = node.text();
  std::vector<std::string> sources;
  if (word == "detectors") {
    sources = names_of(inst.detectors);
  } else if (word == "monitors") {
    sources = names_of(inst.monitors);
  } else if (word == "area_detectors") {
    sources = names_of(inst.area_detectors);
  } else if (word == "readings") {
    sources = inst.readings();
  } else {
    node.refuse("a list of names, or \"detectors\", \"monitors\", \"area_detectors\" or \"readings\"");
  }
  if (sources.empty()) node.fail(fmt::format("the instrument has no {}; allowed: at least one source", word));
  return sources;
}

std::vector<std::string> known_sources(const instrument& inst) {
  auto known = names_of(inst.detectors);
  auto add = [&](const std::vector<std::string>& names) { known.insert(known.end(), names.begin(), names.end()); };
  add(names_of(inst.monitors));
  add(names_of(inst.area_detectors));
  add(inst.readings());
  if (!inst.choppers.empty()) known.emplace_back(chopper_cascade);
  return known;
}

// One of the words of all_sources() or a list of names.
std::vector<std::string> read_sources(const json_node& node, const instrument& inst) {
  if (node.value().is_string()) return all_sources(node, inst);
  if (!node.value().is_array() || node.value().empty()) {
    node.refuse("a list of names, or \"detectors\", \"monitors\", \"area_detectors\" or \"readings\"");
  }
  auto known = known_sources(inst);
  std::vector<std::string> sources;
  for (const auto& item : node.items()) {
    auto name = one_of(item, "detector, monitor or reading", known);
    if (std::find(sources.begin(), sources.end(), name) != sources.end()) {
      item.fail(fmt::format("the source \"{}\" stands twice; allowed: once", name));
    }
    sources.push_back(std::move(name));
  }
  return sources;
}

std::vector<auxiliary_role> read_auxiliary(const json_node& node, const instrument& inst) {
  std::vector<auxiliary_role> roles;
  for (const auto& [name, role] : node.members()) {
    role.allow_keys({"choices", "default"});
    auxiliary_role r{name, read_sources(role.at("choices"), inst), {}};
    auto standard = role.find("default");
    r.standard = standard ? one_of(*standard, "choice", r.choices) : r.choices.front();
    roles.push_back(std::move(r));
  }
  return roles;
}

// The only thing in braces is the name of the source, which makes the names of two sources differ.
std::string read_device_name(const json_node& node) {
  constexpr std::string_view placeholder = "{source_name}";
  auto name = node.text();
  auto at = name.find(placeholder);
  auto rest = at == std::string::npos ? name : name.substr(0, at) + name.substr(at + placeholder.size());
  if (at == std::string::npos || rest.find_first_of("{}") != std::string::npos) {
    node.refuse("a text with \"{source_name}\" in it, once, and no other braces");
  }
  return name;
}

workflow_declaration read_workflow(const json_node& node, const instrument& inst) {
  node.allow_keys({"name", "version", "title", "service", "kind", "sources", "settings", "auxiliary", "device_outputs",
                   "reset_on_run_transition", "supports_reset"});
  workflow_declaration w;
  w.name = id_part(node.at("name"));
  if (auto version = node.find("version")) {
    w.version = static_cast<int>(version->integer(1, std::numeric_limits<int>::max()));
  }
  w.title = node.at("title").text();
  w.service = one_of(node.at("service"), "service", {all_services.begin(), all_services.end()});
  w.kind = node.at("kind").text();
  w.sources = read_sources(node.at("sources"), inst);
  auto settings = node.find("settings");
  w.settings = settings ? settings->object_without_comments() : json::object();
  if (auto auxiliary = node.find("auxiliary")) w.auxiliary = read_auxiliary(*auxiliary, inst);
  if (auto outputs = node.find("device_outputs")) {
    for (const auto& [output, pattern] : outputs->members())
      w.device_outputs.emplace_back(output, read_device_name(pattern));
  }
  if (auto reset = node.find("reset_on_run_transition")) w.reset_on_run_transition = reset->boolean();
  if (auto reset = node.find("supports_reset")) w.supports_reset = reset->boolean();
  if (inst.find_workflow(w.name, w.version) != nullptr) {
    node.at("name").fail(fmt::format("the workflow \"{}\" has version {} already; allowed: each name and version once",
                                     w.name, w.version));
  }
  return w;
}

// A device has one value: no two outputs may go under one name.
void check_device_names(const instrument& inst, const json_node& workflows) {
  std::map<std::string, std::string> taken;
  auto nodes = workflows.items();
  for (std::size_t i = 0; i < inst.workflows.size(); ++i) {
    const auto& w = inst.workflows[i];
    for (const auto& [output, name] : w.device_outputs) {
      for (const auto& source : w.sources) {
        auto shown = device_name(name, source);
        if (auto [first, added] = taken.try_emplace(shown, w.name); !added) {
          nodes[i]
            .at("device_outputs")
            .at(output)
            .fail(
              fmt::format("the device \"{}\" is given values by the workflow \"{}\" already; allowed: a name of its "
                          "own for each output and source",
                          shown, first->second));
        }
      }
    }
  }
}

context_binding read_context(const json_node& node, const instrument& inst) {
  node.allow_keys({"stream", "sources", "chain_entry", "except"});
  context_binding c;
  c.stream = one_of(node.at("stream"), "log or device", inst.readings());
  c.sources = read_sources(node.at("sources"), inst);
  if (auto entry = node.find("chain_entry")) c.chain_entry = entry->text();
  if (auto except = node.find("except")) {
    for (const auto& item : except->items())
      c.except.push_back(one_of(item, "workflow", names_of(inst.workflows)));
  }
  return c;
}

bool takes_source(const instrument& inst, std::string_view workflow, std::string_view source) {
  return std::any_of(inst.workflows.begin(), inst.workflows.end(), [&](const auto& w) {
    return w.name == workflow && std::find(w.sources.begin(), w.sources.end(), source) != w.sources.end();
  });
}

// One entry of a job set: for each source, each workflow.
void read_jobs(const json_node& node, const instrument& inst, std::vector<job_suggestion>& jobs) {
  node.allow_keys({"workflows", "sources", "params"});
  const auto params = node.find("params");
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
      jobs.push_back({name, source, params ? params->object_without_comments() : json::object()});
    }
  }
}

} // namespace

instrument read_instrument(const json_node& root) {
  root.allow_keys({"$schema", "name", "title", "note", "overlapping_pixels", "geometry_files", "files", "beamline",
                   "simulation", "detectors", "monitors", "area_detectors", "logs", "devices", "choppers", "contexts",
                   "workflows", "job_sets"});
  instrument inst;
  inst.name = id_part(root.at("name"));
  inst.title = root.at("title").text();
  if (auto note = root.find("note")) inst.note = note->text();

  if (auto files = root.find("geometry_files")) {
    for (const auto& node : files->items())
      inst.geometry_files.push_back(read_geometry_file(node, inst));
  }

  if (auto files = root.find("files")) inst.files = read_files(*files);
  if (auto beamline = root.find("beamline")) inst.beamline = beamline->object_without_comments();

  auto detectors = root.at("detectors");
  for (const auto& node : detectors.items())
    inst.detectors.push_back(read_detector(node));
  auto overlapping = root.find("overlapping_pixels");
  if (!overlapping || !overlapping->boolean()) check_pixel_ranges(inst, detectors);
  check_shares(inst, detectors);
  read_streams(root, inst);
  if (auto node = root.find("simulation")) inst.simulation = read_simulation(*node, inst);

  auto workflows = root.at("workflows");
  for (const auto& node : workflows.items())
    inst.workflows.push_back(read_workflow(node, inst));
  check_device_names(inst, workflows);
  if (auto contexts = root.find("contexts")) {
    for (const auto& node : contexts->items())
      inst.contexts.push_back(read_context(node, inst));
  }
  for (const auto& [name, entries] : root.at("job_sets").members()) {
    auto& jobs = inst.job_sets.emplace_back(name, std::vector<job_suggestion>{}).second;
    for (const auto& entry : entries.items())
      read_jobs(entry, inst, jobs);
  }
  return inst;
}

} // namespace livedata
