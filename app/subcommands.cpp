#include "app/subcommands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace livedata {

namespace {

struct entry {
  std::string_view word;
  // "livedata-…": a program; "--…": an option of this one; empty: nothing more.
  std::string_view stands_for;
};

constexpr std::array<entry, 14> words{{
  {"run", ""},
  {"check", "--check"},
  {"list", "--list"},
  {"job", "livedata-job"},
  {"top", "livedata-top"},
  {"tap", "livedata-tap"},
  {"record", "livedata-record"},
  {"replay", "livedata-replay"},
  {"simulate", "livedata-simulate"},
  {"topics", "livedata-topics"},
  {"geometry", "livedata-geometry"},
  {"wavelength-table", "livedata-wavelength-table"},
  {"bundle", "livedata-bundle"},
  {"help", "--help"},
}};

} // namespace

std::optional<subcommand> subcommand_of(const std::vector<std::string>& args) {
  if (args.empty()) return std::nullopt;
  const auto* found = std::ranges::find(words, args.front(), &entry::word);
  if (found == words.end()) return std::nullopt;
  subcommand out{{}, {args.begin() + 1, args.end()}};
  if (found->stands_for.starts_with("--"))
    out.arguments.insert(out.arguments.begin(), std::string(found->stands_for));
  else
    out.program = found->stands_for;
  return out;
}

std::vector<std::string> subcommand_names() {
  std::vector<std::string> out;
  for (const auto& w : words)
    out.emplace_back(w.word);
  return out;
}

std::string become(const subcommand& what) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto program = (here.parent_path() / what.program).string();
  auto texts = what.arguments;
  texts.insert(texts.begin(), program);
  std::vector<char*> arguments;
  for (auto& t : texts)
    arguments.push_back(t.data());
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  return fmt::format("{} cannot be started: {}; see whether it is installed beside livedata", program,
                     std::system_category().message(errno));
}

} // namespace livedata
