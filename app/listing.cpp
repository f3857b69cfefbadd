#include "app/listing.hpp"

#include "workflows/parameter_schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace livedata {

namespace {

namespace fs = std::filesystem;

json outputs_of(const workflow_declaration& w, const workflow_kind& kind) {
  auto list = json::array();
  for (const auto& output : kind.outputs(w)) {
    json o{{"name", output.name}, {"title", output.title}};
    for (const auto& [name, device] : w.device_outputs)
      if (name == output.name) o["device"] = device;
    list.push_back(std::move(o));
  }
  return list;
}

json workflow_listing(const instrument& inst, const workflow_declaration& w, const workflow_registry& workflows) {
  json entry{{"id", to_string(workflow_id{inst.name, w.name, w.version})},
             {"name", w.name},
             {"version", w.version},
             {"title", w.title},
             {"service", w.service},
             {"kind", w.kind},
             {"available", true},
             {"sources", w.sources}};
  auto refuse = [&](const std::string& reason) {
    entry["available"] = false;
    entry["reason"] = reason;
  };
  for (const auto& role : w.auxiliary)
    entry["auxiliary"][role.role] = {{"choices", role.choices}, {"default", role.standard}};
  const auto* kind = workflows.find(w.kind);
  if (kind == nullptr) {
    refuse(fmt::format("this program has no workflows of kind \"{}\"", w.kind));
    return entry;
  }
  try {
    entry["parameters"] = parameter_schema(kind->parameters ? kind->parameters(w) : parameter_model{});
    entry["outputs"] = outputs_of(w, *kind);
  } catch (const parameter_error& e) {
    refuse(e.what());
  }
  entry["supports_reset"] = w.supports_reset;
  entry["reset_on_run_transition"] = w.reset_on_run_transition;
  return entry;
}

template <class T>
json names_and_titles(const std::vector<T>& things) {
  auto list = json::array();
  for (const auto& thing : things)
    list.push_back({{"name", thing.name}, {"title", thing.title}});
  return list;
}

json detectors_of(const instrument& inst) {
  auto list = json::array();
  for (const auto& d : inst.detectors) {
    json sizes = json::object();
    for (const auto& [dim, size] : d.sizes)
      sizes[dim] = size;
    list.push_back({{"name", d.name}, {"title", d.title}, {"first_pixel", d.first_pixel}, {"sizes", sizes}});
  }
  return list;
}

json logs_of(const instrument& inst) {
  auto list = json::array();
  for (const auto& log : inst.logs)
    list.push_back({{"name", log.name}, {"unit", log.unit ? json(*log.unit) : json()}});
  return list;
}

json devices_of(const instrument& inst) {
  auto list = json::array();
  for (const auto& d : inst.devices) {
    auto unit = inst.unit_of(d.name);
    list.push_back({{"name", d.name}, {"unit", unit ? json(*unit) : json()}});
  }
  return list;
}

json contexts_of(const instrument& inst) {
  auto list = json::array();
  for (const auto& c : inst.contexts)
    list.push_back({{"stream", c.stream}, {"sources", c.sources}, {"except", c.except}});
  return list;
}

json job_sets_of(const instrument& inst) {
  auto sets = json::object();
  for (const auto& [name, jobs] : inst.job_sets) {
    sets[name] = json::array();
    for (const auto& job : jobs) {
      sets[name].push_back({{"workflow", job.workflow}, {"source", job.source}});
      if (!job.params.empty()) sets[name].back()["params"] = job.params;
    }
  }
  return sets;
}

// The first of a long list, and how many more.
std::string shortened(const std::vector<std::string>& words) {
  constexpr std::size_t most = 8;
  if (words.size() <= most) return fmt::format("{}", fmt::join(words, ", "));
  return fmt::format("{}, and {} more", fmt::join(words.begin(), words.begin() + most, ", "), words.size() - most);
}

std::string shown_bounds(const json& field) {
  if (field.contains("enum")) {
    std::vector<std::string> words;
    for (const auto& value : field.at("enum"))
      words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    return fmt::format("one of {}", fmt::join(words, ", "));
  }
  auto text = field.at("type").get<std::string>();
  if (field.contains("minimum")) text += fmt::format(", at least {}", field.at("minimum").get<double>());
  if (field.contains("maximum")) text += fmt::format(", at most {}", field.at("maximum").get<double>());
  return text;
}

std::string parameters_text(const json& schema) {
  std::string text;
  for (const auto& [group, fields] : schema.at("properties").items())
    for (const auto& [name, field] : fields.at("properties").items())
      text +=
        fmt::format("      {:<34} {:<12} {}\n", group + "." + name, field.at("default").dump(), shown_bounds(field));
  return text.empty() ? "      none\n" : text;
}

std::string workflow_text(const json& w) {
  auto text = fmt::format("  {} \"{}\", service {}\n", w.at("id").get<std::string>(), w.at("title").get<std::string>(),
                          w.at("service").get<std::string>());
  if (!w.at("available").get<bool>()) text += fmt::format("    not available: {}\n", w.at("reason").get<std::string>());
  text += fmt::format("    sources: {}\n", shortened(w.at("sources").get<std::vector<std::string>>()));
  if (w.contains("auxiliary"))
    for (const auto& [role, choice] : w.at("auxiliary").items())
      text +=
        fmt::format("    auxiliary {}: {}\n", role, shortened(choice.at("choices").get<std::vector<std::string>>()));
  if (w.contains("parameters") && w.at("available").get<bool>())
    text += "    parameters, with default and what is allowed:\n" + parameters_text(w.at("parameters"));
  if (w.contains("outputs")) {
    text += "    outputs:\n";
    for (const auto& o : w.at("outputs"))
      text += fmt::format("      {:<34} {}{}\n", o.at("name").get<std::string>(), o.at("title").get<std::string>(),
                          o.contains("device") ? fmt::format(", device {}", o.at("device").get<std::string>()) : "");
  }
  return text;
}

std::string instrument_text(const json& inst) {
  auto text =
    fmt::format("instrument {} ({})\n", inst.at("name").get<std::string>(), inst.at("title").get<std::string>());
  if (auto note = inst.at("note").get<std::string>(); !note.empty()) text += fmt::format("  note: {}\n", note);
  for (const auto* what : {"detectors", "area_detectors", "monitors", "logs", "devices", "choppers"}) {
    std::vector<std::string> names;
    for (const auto& thing : inst.at(what))
      names.push_back(thing.is_string() ? thing.get<std::string>() : thing.at("name").get<std::string>());
    if (!names.empty()) text += fmt::format("{} ({}): {}\n", what, names.size(), shortened(names));
  }
  for (const auto& [name, jobs] : inst.at("job_sets").items())
    text += fmt::format("job set {}: {} jobs\n", name, jobs.size());
  text += "workflows:\n";
  for (const auto& w : inst.at("workflows"))
    text += workflow_text(w);
  return text;
}

} // namespace

json list_instruments(const std::vector<fs::path>& folders) {
  std::map<std::string, fs::path> files;
  for (const auto& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (auto stem = entry->path().stem(); entry->path().extension() == ".json" && stem.extension() != ".schema")
        files.try_emplace(stem.string(), entry->path());
  }
  auto list = json::array();
  for (const auto& [name, file] : files) {
    auto inst = load_instrument(file);
    list.push_back(inst ? json{{"name", name}, {"title", inst->title}, {"file", file.string()}}
                        : json{{"name", name}, {"file", file.string()}, {"error", inst.error().message}});
  }
  return {{"instruments", list}};
}

json list_instrument(const instrument& inst, const workflow_registry& workflows) {
  json listing{{"name", inst.name},
               {"title", inst.title},
               {"note", inst.note},
               {"detectors", detectors_of(inst)},
               {"area_detectors", names_and_titles(inst.area_detectors)},
               {"monitors", names_and_titles(inst.monitors)},
               {"logs", logs_of(inst)},
               {"devices", devices_of(inst)},
               {"choppers", inst.choppers},
               {"contexts", contexts_of(inst)},
               {"job_sets", job_sets_of(inst)},
               {"workflows", json::array()}};
  for (const auto& w : inst.workflows)
    listing["workflows"].push_back(workflow_listing(inst, w, workflows));
  return listing;
}

std::string listing_text(const json& listing) {
  if (!listing.contains("instruments")) return instrument_text(listing);
  std::string text;
  for (const auto& inst : listing.at("instruments"))
    text += inst.contains("error")
              ? fmt::format("{:<10} not readable: {}\n", inst.at("name").get<std::string>(),
                            inst.at("error").get<std::string>())
              : fmt::format("{:<10} {}\n", inst.at("name").get<std::string>(), inst.at("title").get<std::string>());
  return text + "Add --instrument=<name> to see its workflows.\n";
}

} // namespace livedata
