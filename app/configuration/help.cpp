#include "app/configuration/help.hpp"

#include "app/configuration/config_writer.hpp"
#include "app/configuration/job_blocks.hpp"
#include "app/configuration/known_paths.hpp"
#include "app/configuration/options.hpp"
#include "transport/kafka/properties.hpp"

#include <caf/config.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <vector>

#ifndef LIVEDATA_VERSION
#error "define LIVEDATA_VERSION as the version of the project, in quotes"
#endif

namespace livedata {

namespace {

constexpr std::size_t widest = 100;

// Columns on a terminal: bytes that do not continue a UTF-8 sequence.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
    std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out, line(indent, ' ');
  bool empty = true;
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!empty && columns(line) + 1 + columns(word) > widest) {
      out += line + '\n';
      line.assign(indent, ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return out + line + '\n';
}

std::string_view placeholder(const option& o) {
  switch (o.kind) {
  case option_kind::text:
    return "=<text>";
  case option_kind::word:
    return "=<word>";
  case option_kind::texts:
  case option_kind::words:
    return "=<a,b,…>";
  case option_kind::whole:
  case option_kind::number:
    return "=<number>";
  case option_kind::timespan:
    return "=<time>";
  case option_kind::seconds:
    return "=<seconds>";
  case option_kind::jobs:
  case option_kind::flag:
    return "";
  }
  return "";
}

std::string entry_text(const option& o) {
  auto head = o.kind == option_kind::jobs ? fmt::format("{} (in the file only)", o.name)
                                          : fmt::format("--{}{}", o.name, placeholder(o));
  if (!o.alias.empty()) head += ", --" + o.alias;
  auto body = o.help;
  auto self_evident = o.kind == option_kind::text || o.kind == option_kind::texts || o.kind == option_kind::flag ||
                      o.kind == option_kind::jobs;
  if (!self_evident) {
    auto allowed = expectation(o);
    allowed[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(allowed[0])));
    body += fmt::format(" {}.", o.kind == option_kind::word && o.allowed.size() == 1 ? "Allowed: " + o.allowed.front()
                                                                                     : allowed);
  }
  if (auto value = o.show ? o.show(settings{}) : std::nullopt) {
    auto text = to_argument_text(*value);
    if (!text.empty()) body += fmt::format(" Default: {}.", text);
  } else if (!o.unset.empty()) {
    body += fmt::format(" Default: {}.", o.unset);
  }
  return wrapped(head, 2) + wrapped(body, 8);
}

// Entries and blocks of the file, in the order of the table.
struct block_writer {
  std::string out;
  std::vector<std::string> open;

  void add(const std::string& path, const std::string& comment, const std::string& value) {
    note(path, fmt::format("{}{} = {}", comment, path.substr(path.rfind('.') + 1), value));
  }

  // A line in the block of that path.
  void note(const std::string& path, const std::string& text) {
    std::vector<std::string> blocks;
    std::size_t begin = 0;
    for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
      blocks.push_back(path.substr(begin, dot - begin));
      begin = dot + 1;
    }
    auto common = static_cast<std::size_t>(std::ranges::mismatch(open, blocks).in1 - open.begin());
    close(common);
    for (; common < blocks.size(); ++common) {
      line(blocks[common] + " {");
      open.push_back(blocks[common]);
    }
    line(text);
  }

  void close(std::size_t depth) {
    while (open.size() > depth) {
      open.pop_back();
      line("}");
    }
  }

  void line(const std::string& text) { out += std::string(2 * open.size(), ' ') + text + '\n'; }
};

// The number of threads follows from job-threads.
caf::config_value without_threads(const caf::settings& scheduler) {
  caf::settings rest;
  for (auto& [key, value] : scheduler)
    if (key != "max-threads") rest.emplace(key, value);
  return caf::config_value{std::move(rest)};
}

std::string_view property_name(std::string_view name_and_value) {
  return name_and_value.substr(0, name_and_value.find('='));
}

std::string jobs_text(const std::vector<job_request>& jobs) {
  std::string out = "[";
  for (auto& job : jobs)
    out += "\n    " + to_config_text(job) + ",";
  return out + (jobs.empty() ? "]" : "\n  ]");
}

} // namespace

std::string_view program_version() {
  return LIVEDATA_VERSION;
}

std::string version_text() {
  return fmt::format("livedata {} (CAF {}.{}.{})\n", LIVEDATA_VERSION, CAF_MAJOR_VERSION, CAF_MINOR_VERSION,
                     CAF_PATCH_VERSION);
}

std::string help_text(const caf::config_option_set& options) {
  std::string out = "Usage: livedata --instrument=<name> [options]\n"
                    "       livedata check|list|job|top|tap|record|replay|simulate --help\n"
                    "       livedata topics|geometry|wavelength-table|bundle --help\n\n";
  out += wrapped(
    "Reduces live data of neutron instruments while the experiment runs. Options are written --name=value or --name "
    "value. "
    "Each can also be given by the environment (--source.rate as LIVEDATA_SOURCE_RATE; an empty variable is not "
    "looked at) and in a configuration file (--source.rate as livedata { source { rate = … } }). The command line "
    "comes first, then the "
    "environment, the file, the default.",
    0);
  std::string group;
  for (auto& o : all_options()) {
    if (o.group != group) out += fmt::format("\n{}:\n", o.group);
    group = o.group;
    out += entry_text(o);
  }
  std::string names;
  known_paths known{options};
  for (auto& path : known.leaves())
    if (is_caf_path(path) && find_option_by_path(path) == nullptr)
      names += (names.empty() ? "" : ", ") + path.substr(4);
  out += "\nOptions of CAF:\n";
  out += wrapped("All options of CAF are taken as --caf.<name>=<value> and in the file as caf { … }, with the meaning "
                 "that CAF's manual gives "
                 "them; under caf.metrics-filters and caf.metrics anything may stand. They are: " +
                   names + ".",
                 2);
  return out;
}

std::string dump_text(const settings& values, const caf::settings& content, const std::string& secrets_from) {
  block_writer writer;
  auto shown = values;
  std::erase_if(shown.kafka.properties, [](const auto& p) { return is_secret(property_name(p)); });
  for (auto& o : all_options()) {
    if (o.path.empty() || is_caf_path(o.path)) continue;
    if (o.kind == option_kind::jobs) {
      writer.add(o.path, "", jobs_text(values.jobs));
      continue;
    }
    if (o.path == kafka_properties_path)
      for (const auto& p : values.kafka.properties)
        if (const auto name = property_name(p); is_secret(name))
          writer.note(o.path, fmt::format("# {} comes from {} and is not shown", name, secrets_from));
    auto value = o.show(shown);
    auto* text = value ? caf::get_if<std::string>(&*value) : nullptr;
    auto is_set = value && !(text != nullptr && text->empty());
    writer.add(o.path, is_set ? "" : "# not set: ", to_config_text(is_set ? *value : o.shown_example()));
  }
  writer.close(0);
  auto found = content.find("caf");
  if (found == content.end()) return writer.out;
  auto caf_block = caf::get<caf::settings>(found->second);
  if (auto scheduler = caf_block.find("scheduler"); scheduler != caf_block.end())
    scheduler->second = without_threads(caf::get<caf::settings>(scheduler->second));
  return writer.out + "caf {\n" + to_config_lines(caf_block, 2) + "}\n";
}

} // namespace livedata
