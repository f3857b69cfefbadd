#include "app/configuration/known_paths.hpp"

#include "app/configuration/options.hpp"
#include "messages/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace livedata {

namespace {

constexpr std::array<std::string_view, 2> free_blocks{"caf.metrics", "caf.metrics-filters"};

bool is_inside(std::string_view path, std::string_view block) {
  return path.size() > block.size() && path.starts_with(block) && path[block.size()] == '.';
}

std::string_view last_of(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

} // namespace

known_paths::known_paths(const caf::config_option_set& options) {
  for (auto& o : all_options())
    if (!o.path.empty()) leaves_.push_back(o.path);
  for (auto& o : options) {
    auto name = std::string{o.full_name().begin(), o.full_name().end()};
    if (is_caf_path(name) && std::ranges::find(leaves_, name) == leaves_.end()) leaves_.push_back(std::move(name));
  }
}

path_role known_paths::role(std::string_view path) const {
  auto role = path_role::unknown;
  for (auto& leaf : leaves_) {
    if (leaf == path) return path_role::leaf;
    if (is_inside(leaf, path)) role = path_role::block;
  }
  if (role == path_role::block) return role;
  for (auto block : free_blocks) {
    if (path == block) return path_role::block;
    if (is_inside(path, block)) return path_role::free;
  }
  return role;
}

std::vector<std::string> known_paths::names_in(std::string_view block) const {
  std::vector<std::string> names;
  auto add = [&](std::string_view path) {
    if (!block.empty() && !is_inside(path, block)) return;
    auto rest = block.empty() ? path : path.substr(block.size() + 1);
    auto name = std::string{rest.substr(0, rest.find('.'))};
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (auto& leaf : leaves_)
    add(leaf);
  for (auto path : free_blocks)
    add(path);
  return names;
}

std::string known_paths::about_unknown(const std::string& block, const std::string& key) const {
  auto names = names_in(block);
  // A key that exists elsewhere, or that is the name of an option on the command line.
  auto elsewhere = [&]() -> std::optional<std::string> {
    if (auto* o = find_option_by_name(key); o != nullptr && !o->path.empty()) return o->path;
    for (auto& leaf : leaves_)
      if (last_of(leaf) == key) return leaf;
    return std::nullopt;
  }();
  if (elsewhere) return fmt::format("unknown key; '{}' belongs here: {}", key, as_blocks(*elsewhere));
  if (auto* o = find_option_by_name(key))
    return fmt::format("unknown key; --{} can only be given on the command line", o->name);
  if (auto near = nearest(key, names)) return fmt::format("unknown key; did you mean '{}'?", *near);
  return fmt::format("unknown key; known here: {}", joined(names));
}

std::string as_blocks(std::string_view path) {
  auto dot = path.find('.');
  if (dot == std::string_view::npos) return fmt::format("{} = …", path);
  return fmt::format("{} {{ {} }}", path.substr(0, dot), as_blocks(path.substr(dot + 1)));
}

bool is_caf_path(std::string_view path) {
  return path.starts_with("caf.");
}

} // namespace livedata
