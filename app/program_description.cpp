#include "app/program_description.hpp"

#include "app/configuration/config_writer.hpp"
#include "app/configuration/help.hpp"
#include "app/configuration/options.hpp"
#include "app/subcommands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

// Of an option of livedata, as in its help.
std::string shown_placeholder(const option& o) {
  switch (o.kind) {
  case option_kind::text:
    return "<text>";
  case option_kind::word:
    return "<word>";
  case option_kind::texts:
  case option_kind::words:
    return "<a,b,\u2026>";
  case option_kind::whole:
  case option_kind::number:
    return "<number>";
  case option_kind::timespan:
  case option_kind::seconds:
    return "<time>";
  case option_kind::jobs:
    return "<jobs>";
  case option_kind::flag:
    return "";
  }
  return "";
}

std::string default_text(const option& o) {
  if (auto value = o.show ? o.show(settings{}) : std::nullopt)
    if (auto text = to_argument_text(*value); !text.empty()) return text;
  return o.unset;
}

// Backslashes and leading dots mean something to man.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  auto out = end == std::string::npos ? text : text.substr(0, end + 1);
  std::ranges::replace(out, '\t', ' ');
  return out;
}

// In a table of Markdown a bar ends the cell, and what stands in angles is taken for HTML.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text)
    out += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

// "a, b", "any of a, b", "a whole number from 0 to 65535"
std::string values_text(const option& o) {
  if (!o.allowed.empty()) {
    const bool several = o.kind == option_kind::words;
    return fmt::format("{}{}", several ? "any of " : "", fmt::join(o.allowed, ", "));
  }
  return o.kind == option_kind::flag ? "" : expectation(o);
}

std::string reference_row(const option& o) {
  const auto name = o.alias.empty() ? fmt::format("`--{}`", o.name) : fmt::format("`--{}`, `--{}`", o.alias, o.name);
  const auto variable = o.variable();
  const auto value = default_text(o);
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, o.path.empty() ? "" : fmt::format("`{}`", o.path),
                     variable.empty() ? "" : fmt::format("`{}`", variable), cell(values_text(o)), cell(value),
                     cell(o.help));
}

} // namespace

program_description describe_engine() {
  program_description out{
    "livedata", "Reduces live data of neutron instruments while the experiment runs.", subcommand_names(), {}};
  for (const auto& o : all_options()) {
    if (o.kind == option_kind::jobs) continue;
    auto help = o.help;
    if (auto value = default_text(o); !value.empty()) help += fmt::format(" Default: {}.", value);
    out.options.push_back({o.group, o.name, o.alias, shown_placeholder(o), o.allowed, help});
  }
  return out;
}

program_description describe_tool(const tool& t) {
  program_description out{t.name, t.purpose, t.actions, {}};
  for (const auto& o : t.options)
    out.options.push_back({"Options", o.name, {}, o.placeholder, {}, o.help});
  out.options.push_back({"Options", "version", {}, {}, {}, "Print the version, and end."});
  out.options.push_back({"Options", "help", {}, {}, {}, "Print a text about the options, and end."});
  return out;
}

std::string man_page(const program_description& p) {
  auto out =
    fmt::format(".TH {} 1 \"\" \"livedata {}\" \"livedata\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n{}[options]\n",
                p.name, program_version(), roff(p.name), roff(first_sentence(p.purpose)), roff(p.name),
                p.actions.empty() ? "" : fmt::format("[{}] ", roff(fmt::format("{}", fmt::join(p.actions, "|")))));
  out += fmt::format(".SH DESCRIPTION\n{}\n", roff(p.purpose));
  std::string group;
  for (const auto& o : p.options) {
    if (o.group != group) out += fmt::format(".SH {}\n", roff(o.group));
    group = o.group;
    const auto value = o.placeholder.empty() ? "" : "=" + o.placeholder;
    out += fmt::format(".TP\n.B {}{}{}\n{}\n", roff("--" + o.name), roff(value),
                       o.alias.empty() ? "" : ", " + roff("--" + o.alias + value), roff(o.help));
    if (!o.words.empty()) out += roff(fmt::format("One of {}.", fmt::join(o.words, ", "))) + "\n";
  }
  return out + ".SH FILES\nThe pages of the documentation are in share/doc/livedata.\n";
}

std::string completion_table(const program_description& p) {
  std::string out;
  for (const auto& word : p.actions)
    out += fmt::format("{}\t\t\n", word);
  for (const auto& o : p.options)
    for (const auto& name : {o.name, o.alias})
      if (!name.empty())
        out += fmt::format("--{}{}\t{}\t{}\n", name, o.placeholder.empty() ? "" : "=", fmt::join(o.words, " "),
                           first_sentence(o.help));
  return out;
}

std::string configuration_reference() {
  std::string out =
    "# Configuration reference\n\n"
    "Made by `livedata --print=reference`; a test compares it with the program. [operations.md](operations.md) says "
    "how options, the environment and "
    "the\nconfiguration file go together. Options of CAF itself (`--caf.…`) are in `livedata --help`.\n";
  std::string group;
  for (const auto& o : all_options()) {
    if (o.group != group)
      out += fmt::format(
        "\n## {}\n\n| option | in the file | variable | values | default | meaning |\n|---|---|---|---|---|---|\n",
        o.group);
    group = o.group;
    out += reference_row(o);
  }
  return out;
}

std::optional<std::string> printed_description(const program_description& p, const std::vector<std::string>& args) {
  if (args.size() != 1) return std::nullopt;
  if (args[0] == "--print=man") return man_page(p);
  if (args[0] == "--print=completion") return completion_table(p);
  if (args[0] == "--print=reference" && p.name == "livedata") return configuration_reference();
  return std::nullopt;
}

} // namespace livedata
