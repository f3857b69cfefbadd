// The order of the layers, checked over the sources: messages <- workflows <- transport <- actors <- app. Inside a
// layer, folders include each other in one direction only.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <places.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace layers_test {

namespace {

const std::filesystem::path sources = LIVEDATA_SOURCE_DIR;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> includes_in(const std::string& source) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> out;
  std::istringstream lines(source);
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, found, include)) out.push_back(found[1]);
  return out;
}

// Calls `f(path in the layer, text)` for each source file of a layer; gives their number.
int each_file(const std::string& layer,
              const std::function<void(const std::filesystem::path&, const std::string&)>& f) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sources / layer)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    ++files;
    f(entry.path().lexically_relative(sources / layer), text_of(entry.path()));
  }
  return files;
}

// Beginnings of include paths that a layer must not use.
const std::map<std::string, std::vector<std::string>> forbidden{
  {"messages", {"workflows/", "transport/", "actors/", "app/", "tests/", "bench/", "caf/", "librdkafka/"}},
  {"workflows", {"transport/", "actors/", "app/", "tests/", "bench/", "caf/", "librdkafka/"}},
  {"transport", {"actors/", "app/", "tests/", "bench/", "caf/"}},
  {"actors", {"app/", "tests/", "bench/"}},
  {"app", {"tests/", "bench/"}},
};

std::vector<std::string> offences(const std::string& layer, const std::string& source) {
  std::vector<std::string> out;
  for (const auto& included : includes_in(source))
    for (const auto& beginning : forbidden.at(layer))
      if (included.starts_with(beginning)) out.push_back(included);
  return out;
}

// What each folder includes of which others.
using graph = std::map<std::string, std::set<std::string>>;

// The files directly in a layer are a folder of their own.
const std::string own_files = "(its own files)";

std::string folder_of(const std::filesystem::path& in_layer) {
  return in_layer.has_parent_path() ? in_layer.begin()->string() : own_files;
}

void add_includes(graph& g, const std::string& layer, const std::filesystem::path& in_layer,
                  const std::string& source) {
  const auto folder = folder_of(in_layer);
  auto& used = g[folder];
  const auto beginning = layer + "/";
  for (const auto& included : includes_in(source)) {
    if (!included.starts_with(beginning)) continue;
    const auto other = folder_of(included.substr(beginning.size()));
    if (other != folder) used.insert(other);
  }
}

graph folders_of(const std::string& layer) {
  graph g;
  each_file(layer, [&](const auto& in_layer, const auto& source) { add_includes(g, layer, in_layer, source); });
  return g;
}

// A circle as "a -> b -> a"; empty if there is none.
std::string circle_in(const graph& g) {
  std::set<std::string> done;
  std::vector<std::string> path;
  const std::function<std::string(const std::string&)> visit = [&](const std::string& folder) -> std::string {
    if (const auto at = std::ranges::find(path, folder); at != path.end())
      return fmt::format("{} -> {}", fmt::join(at, path.end(), " -> "), folder);
    if (done.contains(folder)) return {};
    path.push_back(folder);
    if (const auto known = g.find(folder); known != g.end())
      for (const auto& other : known->second)
        if (auto circle = visit(other); !circle.empty()) return circle;
    path.pop_back();
    done.insert(folder);
    return {};
  };
  for (const auto& [folder, others] : g)
    if (auto circle = visit(folder); !circle.empty()) return circle;
  return {};
}

// Names of files and folders in a text: what stands in backticks and has a slash, or the ending of a file.
std::vector<std::string> paths_in(const std::string& text) {
  static const std::regex path(R"(`([\w./-]*(?:/|\.(?:hpp|cpp|md|json|fbs|py|txt|conf))[\w./-]*)`)");
  std::vector<std::string> out;
  for (std::sregex_iterator i(text.begin(), text.end(), path), end; i != end; ++i)
    out.push_back((*i)[1]);
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
    const auto files = each_file(layer, [&](const auto& in_layer, const auto& source) {
      for (const auto& included : offences(layer, source))
        FAIL_CHECK((std::filesystem::path(layer) / in_layer).string() << " includes " << included);
    });
    CHECK(files > 5);
  }
}

TEST_CASE("the checker of folders finds a circle, however long, and names it") {
  CHECK(circle_in({}).empty());
  CHECK(circle_in({{"a", {"b", "c"}}, {"b", {"d"}}, {"c", {"d"}}, {"d", {}}}).empty());
  CHECK(circle_in({{"a", {"b"}}, {"b", {"a"}}}) == "a -> b -> a");
  // What only leads to the circle is not named.
  CHECK(circle_in({{"a", {"b"}}, {"b", {"c", "e"}}, {"c", {"d"}}, {"d", {"b"}}}) == "b -> c -> d -> b");

  graph g;
  add_includes(g, "layer", "own.hpp", "#include \"layer/x/one.hpp\"\n#include \"other/y/z.hpp\"\n");
  add_includes(g, "layer", "x/one.hpp", "#include \"layer/x/two.hpp\"\n#include <vector>\n");
  CHECK(g == graph{{own_files, {"x"}}, {"x", {}}});
  CHECK(circle_in(g).empty());
  add_includes(g, "layer", "x/deep/two.cpp", "#include \"layer/own.hpp\"\n");
  CHECK(circle_in(g) == own_files + " -> x -> " + own_files);
}

TEST_CASE("the folders of a layer include each other in one direction only") {
  for (const std::string layer : {"messages", "workflows", "transport", "actors"}) {
    auto g = folders_of(layer);
    CHECK(g.size() > 1);
    // The list of all kinds of workflows is among its own files.
    if (layer == "workflows") g.erase(own_files);
    const auto circle = circle_in(g);
    CHECK_MESSAGE(circle.empty(), layer << ": " << circle);
  }
}

TEST_CASE("the checker of folder descriptions sees files and folders that it has to find") {
  using list = std::vector<std::string>;
  CHECK(paths_in("`one.hpp` and `two/`, `a/b` `c/d.cpp`, not `livedata::x`, `x - y` or one.hpp") ==
        list{"one.hpp", "two/", "a/b", "c/d.cpp"});
}

TEST_CASE("each top folder says in a README.md what lives in it, and every file that it names exists") {
  for (const auto* folder : {"messages", "workflows", "transport", "actors", "app", "web", "instruments", "tests",
                             "bench", "tools", "docs"}) {
    const auto place = sources / folder;
    const auto paths = paths_in(text_of(place / "README.md"));
    CHECK_MESSAGE(!paths.empty(), folder << "/README.md is missing or names nothing");
    for (const auto& path : paths)
      CHECK_MESSAGE((std::filesystem::exists(place / path) || std::filesystem::exists(sources / path)),
                    folder << "/README.md: " << path << " does not exist");
  }
}

TEST_CASE("code that decides on data reads no clock: wall time comes as an argument") {
  static const std::regex clock(R"((steady_clock|system_clock|high_resolution_clock|system_wall_clock|gettime))");
  CHECK(std::regex_search("auto t = std::chrono::steady_clock::now();", clock));
  std::size_t files = 0;
  for (const auto* folder : {"actors/batching", "actors/preprocess", "actors/backfill", "messages/codec", "workflows"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(sources / folder)) {
      auto kind = entry.path().extension();
      // Isolated code is given up by a clock when it hangs.
      if ((kind != ".cpp" && kind != ".hpp") || entry.path().stem() == "isolated") continue;
      CHECK_MESSAGE(!std::regex_search(text_of(entry.path()), clock), entry.path().string());
      ++files;
    }
  for (const auto* file : {"job/job_table.cpp", "service/agenda.hpp", "service/commands.cpp", "service/cycle_log.hpp",
                           "service/publish_cadence.hpp"}) {
    const auto text = text_of(sources / "actors" / file);
    REQUIRE(!text.empty());
    CHECK_MESSAGE(!std::regex_search(text, clock), file);
  }
  CHECK(files > 80);
}

// Waits that end at a time on the wall, or may.
TEST_CASE("no thread waits for a time on the wall: that may be set back") {
  // CAF's blocking receive with a time limit waits by the clock on the wall.
  static const std::regex wait(
    R"((wait_until|sleep_until|timed_wait|try_lock_until|high_resolution_clock|caf::after|receive_for))");
  CHECK(std::regex_search("cv.wait_until(lock, std::chrono::system_clock::now() + 1s)", wait));
  static const std::regex wall("system_clock::");
  // The time as an argument of messages, and a date.
  const std::set<std::string> readers{"messages/wall_clock.hpp", "app/geometry_choice.cpp"};
  int files = 0;
  for (const auto* layer : {"messages", "workflows", "transport", "actors", "app"})
    files += each_file(layer, [&](const std::filesystem::path& file, const std::string& text) {
      const auto path = (layer / file).string();
      auto lines = std::istringstream(text);
      for (std::string line; std::getline(lines, line);) {
        const auto code = line.substr(0, line.find("//"));
        CHECK_MESSAGE((!std::regex_search(code, wait) || code.find("wait_until_known") != std::string::npos),
                      path << ": " << line);
      }
      CHECK_MESSAGE((!std::regex_search(text, wall) || readers.contains(path)), path);
    });
  CHECK(files > 200);
}

TEST_CASE("all lines of the log are made in one place") {
  static const std::regex call(R"(spdlog::(trace|debug|info|warn|error|critical|log)\()");
  static const std::regex made(R"((log_line|plain_log_text)\()");
  for (const auto* layer : {"messages", "workflows", "transport", "actors", "app"})
    each_file(layer, [&](const std::filesystem::path& file, const std::string& text) {
      for (std::sregex_iterator i(text.begin(), text.end(), call), end; i != end; ++i) {
        const auto statement =
          text.substr(static_cast<std::size_t>(i->position()), text.find(';', static_cast<std::size_t>(i->position())) -
                                                                 static_cast<std::size_t>(i->position()));
        const auto constant = std::regex_match(statement, std::regex(R"(spdlog::\w+\("[^"{}]*"\))"));
        CHECK_MESSAGE((constant || std::regex_search(statement, made)),
                      fmt::format("{}/{}: {}: write spdlog::{}(log_line(\"event\", {{{{\"key\", value}}}}))", layer,
                                  file.string(), statement, (*i)[1].str()));
      }
    });
}

} // namespace layers_test
