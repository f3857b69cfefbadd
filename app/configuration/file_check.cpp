#include "app/configuration/file_check.hpp"

#include "app/configuration/config_writer.hpp"
#include "app/configuration/options.hpp"

#include <caf/config_value.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>

namespace livedata {

namespace {

using caf::config_value;

std::string child_path(const std::string& block, const std::string& key) {
  return block.empty() ? key : block + "." + key;
}

failure key_failure(std::string_view origin, int line, const std::string& path, const std::string& message) {
  return {"key", fmt::format("{}:{}: {}: {}", origin, line, path, message)};
}

std::string leaf_instead_of_block(const std::string& path) {
  auto* o = find_option_by_path(path);
  if (o == nullptr) return "expected a value, not a block";
  if (o->kind == option_kind::jobs) return "expected a list of blocks: jobs = [ { workflow = \"…\", source = \"…\" } ]";
  auto key = path.substr(path.rfind('.') + 1);
  return fmt::format("expected {}, not a block; for example {} = {}", expectation(*o), key,
                     to_config_text(o->shown_example()));
}

status check_block(const config_node& block, const std::string& path, const known_paths& known,
                   std::string_view origin) {
  for (auto& child : block.children) {
    auto name = child_path(path, child.name);
    if (child.name.find('.') != std::string::npos)
      return key_failure(origin, child.line, name,
                         fmt::format("a key may hold no dot, not even in quotes; write {}", as_blocks(child.name)));
    auto is_block = child.kind == node_kind::block;
    switch (known.role(name)) {
    case path_role::leaf:
      if (is_block) return key_failure(origin, child.line, name, leaf_instead_of_block(name));
      break;
    case path_role::block:
      if (!is_block)
        return key_failure(
          origin, child.line, name,
          fmt::format("expected a block, but got {}; write {} {{ … }}", to_string(child.kind), child.name));
      if (auto inner = check_block(child, name, known, origin); !inner) return inner;
      break;
    case path_role::free:
      break;
    case path_role::unknown:
      return key_failure(origin, child.line, name, known.about_unknown(path, child.name));
    }
  }
  return nothing{};
}

// The kind of node that a value of CAF belongs to; nothing for CAF's "none".
std::optional<node_kind> kind_of(const config_value& value) {
  if (caf::holds_alternative<config_value::integer>(value) || caf::holds_alternative<config_value::real>(value))
    return node_kind::number;
  if (caf::holds_alternative<bool>(value)) return node_kind::boolean;
  if (caf::holds_alternative<caf::timespan>(value)) return node_kind::timespan;
  if (caf::holds_alternative<caf::uri>(value)) return node_kind::uri;
  if (caf::holds_alternative<std::string>(value)) return node_kind::text;
  if (caf::holds_alternative<config_value::list>(value)) return node_kind::list;
  if (caf::holds_alternative<caf::settings>(value)) return node_kind::block;
  return std::nullopt;
}

bool same_scalar(const config_node& node, const config_value& value) {
  if (node.kind == node_kind::text) return caf::get<std::string>(value) == node.text;
  // A URI may come back in another spelling.
  if (node.kind == node_kind::uri) return true;
  auto again = config_value::parse(node.text);
  return again && *again == value;
}

status arrived(const config_node& node, const std::string& path, const config_value* value, std::string_view origin);

status block_arrived(const config_node& node, const std::string& path, const caf::settings& block,
                     std::string_view origin) {
  for (auto& child : node.children) {
    auto found = block.find(child.name);
    auto* value = found == block.end() ? nullptr : &found->second;
    if (auto inner = arrived(child, child_path(path, child.name), value, origin); !inner) return inner;
  }
  if (block.size() != node.children.size())
    return key_failure(origin, node.line, path,
                       "CAF's reader found keys here that are not there; please report this file");
  return nothing{};
}

status arrived(const config_node& node, const std::string& path, const config_value* value, std::string_view origin) {
  auto lost = [&] {
    return key_failure(origin, node.line, path,
                       "CAF's reader dropped or changed this; look for unusual signs here and in the line before, and "
                       "write one key a line");
  };
  if (value == nullptr || kind_of(*value) != node.kind) return lost();
  if (node.kind == node_kind::block) return block_arrived(node, path, caf::get<caf::settings>(*value), origin);
  if (node.kind != node_kind::list) return same_scalar(node, *value) ? status{nothing{}} : lost();
  auto& list = caf::get<config_value::list>(*value);
  if (list.size() != node.children.size()) return lost();
  for (std::size_t i = 0; i < list.size(); ++i)
    if (auto inner = arrived(node.children[i], fmt::format("{}[{}]", path, i), &list[i], origin); !inner) return inner;
  return nothing{};
}

} // namespace

status check_keys(const config_node& file, const known_paths& known, std::string_view origin) {
  return check_block(file, {}, known, origin);
}

status check_arrival(const config_node& file, const caf::settings& content, std::string_view origin) {
  return block_arrived(file, {}, content, origin);
}

} // namespace livedata
