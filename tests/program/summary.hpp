// What runs leave behind: the summary, results and pictures.
#pragma once

#include "program/run_program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>

namespace livedata::test {

inline nlohmann::json summary_in(const scratch_folder& folder) {
  auto text = content_of(folder.path() / "summary.json");
  REQUIRE(!text.empty());
  return nlohmann::json::parse(text);
}

inline void check_nothing_lost(const nlohmann::json& s) {
  CHECK(s.at("events_received").get<std::uint64_t>() > 0);
  CHECK(s.at("events_received") == s.at("events_processed"));
  CHECK(s.at("events_dropped") == 0);
}

// Contents of the files with an extension, by path below the folder.
inline std::map<std::string, std::string> files_in(const std::filesystem::path& folder, const std::string& extension) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension)
      found[entry.path().lexically_relative(folder).string()] = content_of(entry.path());
  return found;
}

inline void check_pictures(const std::filesystem::path& folder, std::size_t number) {
  auto pictures = files_in(folder, ".png");
  CHECK(pictures.size() == number);
  for (const auto& [name, content] : pictures) {
    CAPTURE(name);
    CHECK(content.starts_with("\x89PNG\r\n\x1a\n"));
    // The last chunk, so the file is whole.
    CHECK(content.substr(content.size() < 8 ? 0 : content.size() - 8, 4) == "IEND");
  }
}

} // namespace livedata::test
