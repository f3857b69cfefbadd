#include "app/machine_memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string w; in >> w;)
    words.push_back(w);
  return words;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t n = 0;
  const auto* end = text.data() + text.size();
  // "max" is no number.
  const auto [rest, error] = std::from_chars(text.data(), end, n);
  return error == std::errc{} && rest == end ? n : unlimited;
}

std::uint64_t number_in(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  return in >> word ? number_of(word) : unlimited;
}

std::uint64_t physical_memory(const fs::path& root) {
  std::ifstream in(root / "proc/meminfo");
  for (std::string line; std::getline(in, line);)
    if (auto words = words_of(line); words.size() >= 2 && words[0] == "MemTotal:")
      if (auto n = number_of(words[1]); n < unlimited / 1024) return n * 1024;
  return unlimited;
}

// Where the control groups that limit memory can be read.
struct group_mount {
  // The group that is seen there, and the folder.
  std::string group;
  std::string folder;
  bool second_version = false;
};

// A line: id, parent, device, root, folder, options, optional fields, "-", kind, source, options of the file system.
std::vector<group_mount> group_mounts(const fs::path& root) {
  std::vector<group_mount> mounts;
  std::ifstream in(root / "proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    const auto words = words_of(line);
    const auto dash = static_cast<std::size_t>(std::ranges::find(words, "-") - words.begin());
    if (dash + 3 >= words.size() || dash < 5) continue;
    const auto& kind = words[dash + 1];
    const auto options = "," + words[dash + 3] + ",";
    if (kind == "cgroup2" || (kind == "cgroup" && options.find(",memory,") != std::string::npos))
      mounts.push_back({words[3], words[4], kind == "cgroup2"});
  }
  return mounts;
}

// The group of this process; a line: number, controllers, group, with colons between.
std::optional<std::string> own_group(const fs::path& root, bool second_version) {
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (second_version ? controllers == ",," : controllers.find(",memory,") != std::string::npos)
      return line.substr(second + 1);
  }
  return std::nullopt;
}

// The least of what the group and those above it allow.
std::uint64_t allowed(const fs::path& root, const group_mount& m, std::string group) {
  if (m.group != "/" && group.starts_with(m.group)) group.erase(0, m.group.size());
  const auto top = root / fs::path(m.folder).relative_path();
  auto folder = (top / fs::path(group).relative_path()).lexically_normal();
  auto least = unlimited;
  for (;; folder = folder.parent_path()) {
    for (const auto* file : {m.second_version ? "memory.max" : "memory.limit_in_bytes", "memory.high"})
      least = std::min(least, number_in(folder / file));
    if (folder == top || folder == folder.parent_path()) return least;
  }
}

} // namespace

std::uint64_t machine_memory(const fs::path& root) {
  auto least = physical_memory(root);
  for (const auto& m : group_mounts(root))
    if (auto group = own_group(root, m.second_version)) least = std::min(least, allowed(root, m, *group));
  return least == unlimited ? 0 : least;
}

memory_shares share_out(const limit_settings& limits, std::uint64_t machine) {
  const auto bytes = [](const std::optional<std::uint64_t>& megabytes, std::uint64_t otherwise) {
    return megabytes ? *megabytes * 1'000'000 : otherwise;
  };
  return {bytes(limits.in_flight_memory, machine / 4), bytes(limits.jobs_memory, machine / 2)};
}

} // namespace livedata
