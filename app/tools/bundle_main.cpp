// livedata-bundle: everything that is asked for when somebody reports a fault, in one archive.
#include "actors/type_ids.hpp"
#include "app/configuration/configuration.hpp"
#include "app/configuration/environment.hpp"
#include "app/configuration/help.hpp"
#include "app/tools/http_client.hpp"
#include "app/tools/tool_options.hpp"
#include "messages/json.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace livedata {

namespace {

namespace fs = std::filesystem;

// What is asked of the engine, and the file that it goes to.
struct page_of_engine {
  const char* path;
  const char* file;
};

constexpr std::array<page_of_engine, 9> pages{{
  {"/ready", "ready.json"},
  {"/api/v1/status", "status.json"},
  {"/api/v1/jobs", "jobs.json"},
  {"/api/v1/table?columns=200&rows=1000", "table.txt"},
  {"/api/v1/history", "history.json"},
  {"/metrics", "metrics.txt"},
  {"/api/v1/configuration", "configuration.conf"},
  {"/api/v1/workflows", "workflows.json"},
  {"/api/v1/log?lines=2000", "log.json"},
}};

std::vector<tool_option> known_options() {
  auto options = http_tool_options();
  options.push_back(
    {"config-file", "<file>", "Take the configuration of that file as well, for an engine that does not run."});
  options.push_back({"output", "<file>", "The archive. Default: livedata-bundle-<time>.tar.gz in this folder."});
  return options;
}

// A folder that is gone at the end.
class passing_folder {
public:
  passing_folder() {
    auto pattern = (fs::temp_directory_path() / "livedata-bundle-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made in the temporary folder");
    path_ = pattern;
  }

  passing_folder(const passing_folder&) = delete;
  passing_folder& operator=(const passing_folder&) = delete;

  ~passing_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary);
  if (!(out << content)) throw std::runtime_error(fmt::format("{} cannot be written", file.string()));
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string versions() {
  utsname kernel{};
  uname(&kernel);
  return fmt::format("{}{} {} {}\n\n{}", version_text(), kernel.sysname, kernel.release, kernel.machine,
                     content_of("/etc/os-release"));
}

// Log lines as people read them.
std::string log_text(const std::string& answer) {
  const auto document = json::parse(answer, nullptr, false);
  if (!document.is_object() || !document.contains("lines")) return answer;
  std::string out;
  for (const auto& line : document.at("lines"))
    out += fmt::format("{:.3f} {} {}\n", line.value("time", 0.0), line.value("level", ""), line.value("text", ""));
  return out;
}

// What could not be had, a line each.
std::string take_from_engine(const http_place& where, const fs::path& folder) {
  std::string missing;
  for (const auto& page : pages) {
    const auto answer = http_ask(where, page.path);
    if (!answer) return missing + answer.error().message + "\n";
    // Not to be ready is an answer, too.
    if (answer->status != 200 && answer->status != 503) {
      missing += fmt::format("{}: {}: {}\n", page.path, answer->status, answer->content);
      continue;
    }
    write(folder / page.file, answer->content);
    if (std::strcmp(page.file, "log.json") == 0) write(folder / "log.txt", log_text(answer->content));
  }
  return missing;
}

// The configuration of a file, with the environment of this process, without secrets.
result<std::string> configuration_of(const std::string& file) {
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  configuration cfg;
  auto configured = configure(cfg, {"--config-file=" + file, "--dump-config"}, environment_variable);
  if (!configured) return failure{"value", configured.error().message};
  return configured->text;
}

status pack(const fs::path& folder, const fs::path& archive) {
  const std::string parent = folder.parent_path().string();
  const std::string name = folder.filename().string();
  const std::string file = fs::absolute(archive).string();
  std::array<const char*, 8> words{"tar", "-C", parent.c_str(), "-czf", file.c_str(), "--", name.c_str(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "tar", nullptr, nullptr, const_cast<char* const*>(words.data()), environ) != 0)
    return failure{"failed", "tar cannot be started: install it"};
  int how = 0;
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return nothing{};
  return failure{"value", fmt::format("--output={}: tar could not write it", archive.string())};
}

status bundle(const tool_arguments& args) {
  const auto where = http_tool_place(args);
  if (!where) return where.error();
  const auto stem = fmt::format("livedata-bundle-{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  const passing_folder temporary;
  const auto folder = temporary.path() / stem;
  fs::create_directory(folder);
  write(folder / "versions.txt", versions());
  if (const auto file = args.value("config-file")) {
    const auto text = configuration_of(*file);
    if (!text) return text.error();
    write(folder / "configuration_of_file.conf", *text);
  }
  const auto missing = take_from_engine(*where, folder);
  if (!missing.empty()) write(folder / "missing.txt", missing);
  const fs::path archive = args.value_or("output", stem + ".tar.gz");
  if (auto packed = pack(folder, archive); !packed) return packed;
  fmt::print("{}\n", archive.string());
  if (!missing.empty()) return failure{"incomplete", "not all is in it: " + missing.substr(0, missing.size() - 1)};
  return nothing{};
}

} // namespace

tool this_tool() {
  return {
    "livedata-bundle",
    "Packs what helps to find a fault into one archive: configuration without secrets, status, jobs, metrics, history, "
    "versions and the last log lines of a running engine (one with --http-port).",
    known_options(), bundle};
}

} // namespace livedata
