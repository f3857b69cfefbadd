#include "app/configuration/arguments.hpp"

#include "app/configuration/known_paths.hpp"
#include "messages/suggestion.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstddef>
#include <string_view>

namespace livedata {

namespace {

failure usage(std::string message) {
  return {"usage", std::move(message)};
}

bool asks_for(std::string_view argument, std::string_view flag) {
  return argument.starts_with("--") &&
         (argument.substr(2) == flag || argument.substr(2) == std::string{flag} + "=true");
}

bool asks_for_help(std::string_view argument) {
  return asks_for(argument, "help") || argument == "-h" || argument == "-?";
}

// "-5" and "-.5" are values; "-x" and "--x" are not.
bool may_be_value(std::string_view argument) {
  if (!argument.starts_with('-') || argument.size() == 1) return true;
  return std::isdigit(static_cast<unsigned char>(argument[1])) != 0 || argument[1] == '.';
}

class reader {
public:
  reader(const std::vector<std::string>& args, const caf::config_option_set& options)
    : args_(args), options_(options), known_(options) {}

  result<command_line> read() {
    for (; at_ < args_.size(); ++at_) {
      auto& argument = args_[at_];
      if (argument == "--") {
        if (at_ + 1 == args_.size()) break;
        return positional(args_[at_ + 1]);
      }
      auto done = argument.starts_with("--") ? option_argument(argument.substr(2)) : status{other(argument)};
      if (!done) return done.error();
    }
    if (dump_)
      out_.what = intent::dump_config;
    else if (list_json_)
      out_.what = intent::list_json;
    else if (list_)
      out_.what = intent::list;
    else if (check_)
      out_.what = online_ ? intent::check_online : intent::check;
    return std::move(out_);
  }

private:
  failure positional(const std::string& argument) const {
    if (find_option_by_name(argument.substr(0, argument.find('='))) != nullptr)
      return usage(fmt::format("unexpected argument '{}'; an option begins with two dashes: --{}", argument, argument));
    if (argument.ends_with(".conf"))
      return usage(fmt::format("unexpected argument '{}'; write --config-file={}", argument, argument));
    return usage(
      fmt::format("unexpected argument '{}'; every setting has a name: --name=value (see --help)", argument));
  }

  failure other(const std::string& argument) const {
    if (argument.empty())
      return usage("unexpected empty argument; every setting has a name: --name=value (see --help)");
    if (argument.size() > 1 && argument[0] == '-') return unknown(argument, argument.substr(1, argument.find('=') - 1));
    return positional(argument);
  }

  failure unknown(const std::string& argument, const std::string& name) const {
    std::vector<std::string> names;
    for (auto& o : all_options()) {
      names.push_back(o.name);
      if (!o.alias.empty()) names.push_back(o.alias);
    }
    for (auto& path : known_.leaves())
      if (is_caf_path(path)) names.push_back(path);
    auto near = nearest(name, names);
    return usage(fmt::format("unknown option '{}'; {}", argument,
                             near ? fmt::format("did you mean --{}?", *near) : "see --help for all options"));
  }

  status option_argument(const std::string& text) {
    auto assign = text.find('=');
    auto name = text.substr(0, assign);
    auto bare = name.starts_with("livedata.") ? name.substr(9) : name;
    std::optional<std::string> value;
    if (assign != std::string::npos) value = text.substr(assign + 1);
    origin from{"--" + name, "--" + name + "=", false};
    if (auto* o = find_option_by_name(bare))
      return o->kind == option_kind::flag && o->path.empty() ? flag(*o, value, from) : ours(*o, value, from);
    if (auto* o = is_caf_path(bare) ? options_.cli_long_name_lookup(bare) : nullptr) return cafs(*o, bare, value, from);
    if (known_.role(bare) == path_role::free) return free_content(bare, value, from);
    return unknown("--" + name, bare);
  }

  // Takes the next argument as value if there is none yet.
  bool complete(std::optional<std::string>& value) {
    if (value) return true;
    if (at_ + 1 == args_.size() || !may_be_value(args_[at_ + 1])) return false;
    value = args_[++at_];
    return true;
  }

  status flag(const option& o, const std::optional<std::string>& value, const origin& from) {
    if (o.name == "check" && value == "online") {
      check_ = online_ = true;
      return nothing{};
    }
    auto on = read_argument(o, value.value_or("true"), from);
    if (!on) return on.error();
    auto set = caf::get<bool>(*on);
    if (o.name == "check") check_ = set;
    if (o.name == "dump-config") dump_ = set;
    if (o.name == "list") list_ = set;
    if (o.name == "list-json") list_json_ = set;
    return nothing{};
  }

  status ours(const option& o, std::optional<std::string> value, const origin& from) {
    if (o.kind == option_kind::jobs)
      return usage(
        fmt::format("{}: jobs can only be listed in a configuration file: {}", from.where, as_blocks(o.path)));
    if (o.kind == option_kind::flag && !value) value = "true";
    if (!complete(value))
      return usage(fmt::format("{}: the value is missing; expected {}, for example {}", from.where, expectation(o),
                               written_example(o, from)));
    auto checked = read_argument(o, *value, from);
    if (!checked) return checked.error();
    if (o.path.empty()) return config_file(caf::get<std::string>(*checked));
    out_.values[o.path] = {std::move(*checked), from};
    return nothing{};
  }

  status config_file(std::string path) {
    if (out_.config_file && *out_.config_file != path)
      return usage(
        fmt::format("--config-file: given twice ('{}' and '{}'), but only one file is read; remove one of them",
                    *out_.config_file, path));
    out_.config_file = std::move(path);
    return nothing{};
  }

  status cafs(const caf::config_option& o, const std::string& path, std::optional<std::string> value,
              const origin& from) {
    if (o.is_flag() && !value) value = "true";
    if (!complete(value)) return usage(fmt::format("{}: the value is missing; write {}…", from.where, from.assignment));
    auto checked = read_caf_argument(o, *value, from);
    if (!checked) return checked.error();
    out_.values[path] = {std::move(*checked), from};
    return nothing{};
  }

  status free_content(const std::string& path, std::optional<std::string> value, const origin& from) {
    if (!complete(value)) return usage(fmt::format("{}: the value is missing; write {}…", from.where, from.assignment));
    auto parsed = caf::config_value::parse(*value);
    if (!parsed)
      return value_failure(from, fmt::format("'{}' cannot be read; text goes in quotes, lists as [1, 2]", *value));
    out_.values[path] = {std::move(*parsed), from};
    return nothing{};
  }

  const std::vector<std::string>& args_;
  const caf::config_option_set& options_;
  known_paths known_;
  std::size_t at_ = 0;
  command_line out_;
  bool check_ = false;
  // Of the check: it asks the broker, too.
  bool online_ = false;
  bool dump_ = false;
  bool list_ = false;
  bool list_json_ = false;
};

} // namespace

result<command_line> read_command_line(const std::vector<std::string>& args, const caf::config_option_set& options) {
  command_line early;
  for (auto& argument : args) {
    if (argument == "--") break;
    if (asks_for_help(argument)) early.what = intent::help;
    if (asks_for(argument, "version") && early.what == intent::run) early.what = intent::version;
  }
  if (early.what != intent::run) return early;
  return reader{args, options}.read();
}

result<given_values> read_environment(const environment_lookup& variable) {
  given_values values;
  for (auto& o : all_options()) {
    auto name = o.variable();
    if (name.empty()) continue;
    auto text = variable(name);
    if (!text || text->empty()) continue;
    origin from{name, name + "=", false};
    auto checked = read_argument(o, *text, from);
    if (!checked) return failure{"environment", checked.error().message};
    values[o.path] = {std::move(*checked), std::move(from)};
  }
  return values;
}

} // namespace livedata
