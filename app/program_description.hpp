// A program and its options, described for people: from these are made its man page, the tables for the completion of
// shells, and the reference of the configuration.
#pragma once

#include "app/tools/tool_options.hpp"

#include <string>
#include <vector>

namespace livedata {

struct described_option {
  std::string group;
  // Without the dashes; a second name may be empty.
  std::string name;
  std::string alias;
  // "<file>"; empty: a flag.
  std::string placeholder;
  // What it may be, where that is a choice.
  std::vector<std::string> words;
  std::string help;
};

struct program_description {
  std::string name;
  std::string purpose;
  // Words that may come first.
  std::vector<std::string> actions;
  std::vector<described_option> options;
};

// Of livedata itself, and of a small program.
program_description describe_engine();
program_description describe_tool(const tool& t);

// In the language of man.
std::string man_page(const program_description& p);

// A line for each action (the word) and each option: "--name=", or "--name" for a flag; then after a tab what it may
// be, with blanks between; then after another the first sentence of its help.
std::string completion_table(const program_description& p);

// Every option of livedata in Markdown: docs/configuration.md.
std::string configuration_reference();

// What --print=man, --print=completion and, for livedata, --print=reference give; nothing for anything else.
std::optional<std::string> printed_description(const program_description& p, const std::vector<std::string>& args);

} // namespace livedata
