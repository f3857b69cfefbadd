// Reads the structure of a configuration file: its keys as a tree with line numbers. CAF reads the values, but passes
// over many mistakes in silence. Each of those is an error here, with line and remedy. See also file_check.hpp.
#pragma once

#include "app/configuration/value_kind.hpp"
#include "messages/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// A value of the file with all that is in it.
struct config_node {
  node_kind kind = node_kind::block;
  // The key; empty for an element of a list and for the file itself.
  std::string name;
  // Text without quotes and escapes; other scalars as they are written; empty for blocks and lists.
  std::string text;
  // Where the key (or the list element) stands, counted from 1.
  int line = 1;
  std::vector<config_node> children;

  // nullptr if there is none of that name.
  const config_node* find(std::string_view child) const;
};

// Reads a whole file; `origin` is its name in messages. Refuses what CAF's syntax does not know and, beyond that,
// dotted keys, repeated keys, missing and surplus braces, ranges such as 1..5, and numbers that CAF would take for
// octal.
result<config_node> scan_config(std::string_view text, std::string_view origin);

// The text as CAF's reader takes it: no byte order mark, lines ended by '\n' alone, also the last one.
std::string normalised(std::string_view text);

} // namespace livedata
