// The order of the layers, checked over the sources: messages <- workflows <- transport <- actors <- app.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <places.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

// Beginnings of include paths that a layer must not use.
const std::map<std::string, std::vector<std::string>> forbidden{
  {"messages", {"workflows/", "transport/", "actors/", "app/", "tests/", "bench/", "caf/", "librdkafka/"}},
  {"workflows", {"transport/", "actors/", "app/", "tests/", "bench/", "caf/", "librdkafka/"}},
  {"transport", {"actors/", "app/", "tests/", "bench/", "caf/"}},
  {"actors", {"app/", "tests/", "bench/"}},
  {"app", {"tests/", "bench/"}},
};

std::vector<std::string> offences(const std::string& layer, const std::string& source) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> out;
  std::istringstream lines(source);
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, found, include))
      for (const auto& beginning : forbidden.at(layer))
        if (found[1].str().starts_with(beginning)) out.push_back(line);
  return out;
}

} // namespace

TEST_CASE("the checker of layers sees an include that reaches up") {
  CHECK(offences("messages", "#include \"messages/ids.hpp\"\n#include <vector>\n").empty());
  CHECK(offences("messages", "#include \"workflows/workflow.hpp\"\n").size() == 1);
  CHECK(offences("messages", "#  include <caf/all.hpp>\n").size() == 1);
  CHECK(offences("workflows", "int x;\n#include <caf/all.hpp>\n#include \"actors/metrics.hpp\"\n").size() == 2);
  CHECK(offences("actors", "#include \"app/engine.hpp\"\n").size() == 1);
  CHECK(offences("actors", "#include <caf/all.hpp>\n").empty());
}

TEST_CASE("no layer includes anything of a layer above it") {
  for (const auto& [layer, beginnings] : forbidden) {
    int files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(LIVEDATA_SOURCE_DIR) / layer)) {
      auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      ++files;
      std::ifstream in(entry.path());
      std::string source(std::istreambuf_iterator<char>(in), {});
      for (const auto& line : offences(layer, source))
        FAIL_CHECK(entry.path().string() << ": " << line);
    }
    CHECK(files > 5);
  }
}

TEST_CASE("code that decides on data reads no clock: wall time comes as an argument") {
  static const std::regex clock(R"((steady_clock|system_clock|high_resolution_clock|system_wall_clock|gettime))");
  CHECK(std::regex_search("auto t = std::chrono::steady_clock::now();", clock));
  std::size_t files = 0;
  for (const auto* folder : {"actors/batching", "actors/preprocess", "actors/backfill", "messages/codec", "workflows"})
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(LIVEDATA_SOURCE_DIR) / folder)) {
      auto kind = entry.path().extension();
      // Isolated code is given up by a clock when it hangs.
      if ((kind != ".cpp" && kind != ".hpp") || entry.path().stem() == "isolated") continue;
      std::ifstream in(entry.path());
      std::stringstream text;
      text << in.rdbuf();
      CHECK_MESSAGE(!std::regex_search(text.str(), clock), entry.path().string());
      ++files;
    }
  for (const auto* file :
       {"job_table.cpp", "agenda.hpp", "publish_cadence.hpp", "commands.cpp", "batch_length_log.hpp"}) {
    std::ifstream in(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "actors/service" / file);
    REQUIRE(in);
    std::stringstream text;
    text << in.rdbuf();
    CHECK_MESSAGE(!std::regex_search(text.str(), clock), file);
  }
  CHECK(files > 80);
}
