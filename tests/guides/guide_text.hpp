// The pages for people who add something, as text: what they tell to write is taken from them, word for word.
#pragma once

#include "messages/json.hpp"

#include <fstream>
#include <places.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::test {

// The blocks of code in a language, in their order.
inline std::vector<std::string> code_blocks(const std::string& page, std::string_view language) {
  std::ifstream in(std::string(LIVEDATA_SOURCE_DIR) + "/docs/" + page);
  if (!in) throw std::runtime_error("there is no page " + page);
  std::vector<std::string> blocks;
  auto inside = false;
  auto wanted = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      wanted = inside && line.substr(3) == language;
      if (wanted) blocks.emplace_back();
    } else if (wanted) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

// A block that is an object, or the members of one.
inline json parse_block(const std::string& block) {
  return json::parse(block.starts_with("{") ? block : "{" + block + "}");
}

} // namespace livedata::test
