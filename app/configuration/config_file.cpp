#include "app/configuration/config_file.hpp"

#include "app/configuration/config_text.hpp"
#include "app/configuration/file_check.hpp"
#include "app/configuration/job_blocks.hpp"
#include "app/configuration/known_paths.hpp"

#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace livedata {

namespace {

// Nobody writes more than this by hand; protects from devices and wrong files.
constexpr std::size_t largest_file = 16U << 20U;

failure file_failure(const std::string& path, const std::string& why) {
  return {"file", fmt::format("cannot read the configuration file '{}': {}", path, why)};
}

result<std::string> slurp(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return file_failure(path, "it is a folder; give a file inside it to --config-file");
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in) return file_failure(path, std::system_category().message(errno) + "; check the path given to --config-file");
  std::string text(largest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return file_failure(path, std::system_category().message(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest_file) return file_failure(path, "it is larger than 16 MiB, which no configuration is");
  return text;
}

// Checks the values of a block and of those inside it, and collects them by path.
class collector {
public:
  collector(file_content& out, const known_paths& known, const caf::config_option_set& options, std::string_view origin)
    : out_(out), known_(known), options_(options), file_(origin) {}

  status block(const config_node& node, const std::string& path, const caf::settings& content) {
    for (auto& child : node.children) {
      auto name = path.empty() ? child.name : path + "." + child.name;
      auto& value = content.find(child.name)->second;
      auto role = known_.role(name);
      auto done =
        role == path_role::block ? block(child, name, caf::get<caf::settings>(value)) : leaf(child, name, value, role);
      if (!done) return done;
    }
    return nothing{};
  }

private:
  status leaf(const config_node& node, const std::string& path, const caf::config_value& value, path_role role) {
    origin from{fmt::format("{}:{}: {}", file_, node.line, path), node.name + " = ", true};
    auto checked = check(path, value, role, from);
    if (!checked) return checked.error();
    if (auto* o = find_option_by_path(path); o != nullptr && o->kind == option_kind::jobs) {
      auto jobs = read_jobs(node, caf::get<caf::config_value::list>(*checked), file_);
      if (!jobs) return jobs.error();
      out_.jobs = std::move(*jobs);
      return nothing{};
    }
    out_.values[path] = {std::move(*checked), std::move(from)};
    return nothing{};
  }

  result<caf::config_value> check(const std::string& path, const caf::config_value& value, path_role role,
                                  const origin& from) {
    if (role == path_role::free) return value;
    if (auto* o = find_option_by_path(path)) return check_value(*o, value, from);
    return check_caf_value(*options_.qualified_name_lookup(path), value, from);
  }

  file_content& out_;
  const known_paths& known_;
  const caf::config_option_set& options_;
  std::string_view file_;
};

} // namespace

result<file_content> read_config_text(std::string_view text, const std::string& origin,
                                      const caf::config_option_set& options) {
  auto tree = scan_config(text, origin);
  if (!tree) return tree.error();
  if (tree->children.empty())
    return failure{
      "file",
      fmt::format(
        "{}: the configuration file is empty; write livedata {{ instrument = \"loki\" }}, or leave out --config-file",
        origin)};
  known_paths known{options};
  if (auto keys = check_keys(*tree, known, origin); !keys) return keys.error();
  // Without options: with them, CAF would drop values of a wrong type.
  std::istringstream in{normalised(text)};
  auto content = caf::actor_system_config::parse_config(in);
  if (!content)
    return failure{"syntax", fmt::format("{}: CAF's reader refuses the file (line, column): {}", origin,
                                         to_string(content.error()))};
  if (auto all = check_arrival(*tree, *content, origin); !all) return all.error();
  file_content out;
  if (auto done = collector{out, known, options, origin}.block(*tree, {}, *content); !done) return done.error();
  return out;
}

result<file_content> read_config_file(const std::string& path, const caf::config_option_set& options) {
  auto text = slurp(path);
  if (!text) return text.error();
  return read_config_text(*text, path, options);
}

} // namespace livedata
