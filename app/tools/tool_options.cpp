#include "app/tools/tool_options.hpp"

#include "actors/source/route_table.hpp"
#include "app/configuration/environment.hpp"
#include "app/configuration/help.hpp"
#include "app/plan.hpp"
#include "app/program_description.hpp"
#include "app/stderr_log.hpp"
#include "messages/log_line.hpp"
#include "messages/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

failure wrong_usage(std::string message) {
  return {"usage", std::move(message)};
}

} // namespace

std::optional<std::string> tool_arguments::value(std::string_view name) const {
  auto i = values_.find(name);
  return i == values_.end() ? std::nullopt : std::optional(i->second.back());
}

std::vector<std::string> tool_arguments::values(std::string_view name) const {
  auto i = values_.find(name);
  return i == values_.end() ? std::vector<std::string>{} : i->second;
}

std::string tool_arguments::value_or(std::string_view name, std::string otherwise) const {
  return value(name).value_or(std::move(otherwise));
}

result<std::string> tool_arguments::needed(std::string_view name) const {
  auto v = value(name);
  if (!v || v->empty()) return wrong_usage(fmt::format("--{} must be given", name));
  return *v;
}

result<double> tool_arguments::number(std::string_view name, double otherwise, double low) const {
  auto text = value(name);
  if (!text) return otherwise;
  double x = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), x);
  if (error != std::errc{} || end != text->data() + text->size() || !std::isfinite(x) || x < low)
    return failure{"value", fmt::format("--{}={}: expected a number of at least {}", name, *text, low)};
  return x;
}

result<tool_arguments> read_tool_arguments(const std::vector<tool_option>& known, const std::vector<std::string>& args,
                                           const std::vector<std::string>& actions) {
  tool_arguments out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string_view arg = args[i];
    if (arg == "-h") arg = "--help";
    if (i == 0 && !actions.empty() && !arg.starts_with("--")) {
      if (std::ranges::find(actions, arg) == actions.end()) {
        const auto near = nearest(std::string(arg), actions);
        return wrong_usage(fmt::format("'{}' is none of {}{}", arg, fmt::join(actions, ", "),
                                       near ? fmt::format("; did you mean {}?", *near) : ""));
      }
      out.values_["action"] = {std::string(arg)};
      continue;
    }
    if (!arg.starts_with("--")) return wrong_usage(fmt::format("'{}' is no option; options begin with --", arg));
    auto equals = arg.find('=');
    std::string name(arg.substr(2, equals == std::string_view::npos ? equals : equals - 2));
    if (name == "help" || name == "version") {
      out.values_[name] = {""};
      return out;
    }
    auto o = std::ranges::find(known, name, &tool_option::name);
    if (o == known.end()) {
      std::vector<std::string> names;
      for (const auto& k : known)
        names.push_back(k.name);
      auto near = nearest(name, names);
      return wrong_usage(fmt::format("there is no option --{}{}", name,
                                     near ? fmt::format("; did you mean --{}?", *near) : "; see --help"));
    }
    std::string value;
    if (o->placeholder.empty()) {
      if (equals != std::string_view::npos) return wrong_usage(fmt::format("--{} takes no value", name));
    } else if (equals != std::string_view::npos) {
      value = arg.substr(equals + 1);
    } else {
      if (i + 1 == args.size()) return wrong_usage(fmt::format("--{} needs a value: {}", name, o->placeholder));
      value = args[++i];
    }
    auto& given = out.values_[name];
    if (!o->repeatable) given.clear();
    given.push_back(std::move(value));
  }
  if (!actions.empty() && !out.has("action"))
    return wrong_usage(fmt::format("say first what to do: {}", fmt::join(actions, ", ")));
  return out;
}

std::string tool_help(std::string_view program, std::string_view purpose, const std::vector<tool_option>& known,
                      const std::vector<std::string>& actions) {
  auto out = fmt::format("Usage: {} {}[options]\n\n{}\n\n", program,
                         actions.empty() ? "" : fmt::format("{} ", fmt::join(actions, "|")), purpose);
  for (const auto& o : known) {
    auto head = fmt::format("--{}{}{}", o.name, o.placeholder.empty() ? "" : "=", o.placeholder);
    out += fmt::format("  {}\n        {}\n", head, o.help);
  }
  return out + "  --version\n        Print the version, and end.\n  --help\n        Print this text, and end.\n";
}

std::vector<tool_option> kafka_tool_options() {
  return {
    {"bootstrap-servers", "<host:port,…>",
     "Kafka brokers. Default: localhost:9092, or with LIVEDATA_ENV=docker what KAFKA_BOOTSTRAP_SERVERS says."},
    {"kafka-property", "<name=value>", "Any property of librdkafka; may be given several times.", true},
  };
}

result<kafka_properties> kafka_tool_properties(const tool_arguments& args) {
  return connection_properties({args.value("bootstrap-servers"), args.values("kafka-property")}, environment_variable);
}

std::vector<tool_option> with_kafka_options(std::vector<tool_option> own) {
  auto more = kafka_tool_options();
  own.insert(own.end(), more.begin(), more.end());
  return own;
}

result<instrument> tool_instrument(const tool_arguments& args) {
  auto name = args.needed("instrument");
  if (!name) return name.error();
  settings s;
  for (const auto& folder : args.values("instrument-path"))
    s.instrument_path.emplace_back(folder);
  auto file = find_instrument(*name, instrument_folders(s));
  if (!file) return failure{"value", file.error().message};
  auto inst = load_instrument(*file);
  if (!inst) return failure{"value", inst.error().message};
  return inst;
}

result<std::optional<instrument>> tool_instrument_if_named(const tool_arguments& args) {
  if (!args.has("instrument")) return std::optional<instrument>();
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  return std::optional(std::move(*inst));
}

std::vector<std::string> tool_topics(const tool_arguments& args, const std::optional<instrument>& inst) {
  auto topics = args.values("topic");
  if (!inst) return topics;
  const std::vector<std::string> services(all_services.begin(), all_services.end());
  for (auto& t : route_table(*inst, services, {args.has("dev"), false}).topics())
    topics.push_back(std::move(t));
  return topics;
}

status finish_delivery(kafka_producer& producer, std::chrono::milliseconds at_most, std::string_view event,
                       const log_field& about) {
  auto failed = static_cast<std::uint64_t>(producer.flush(at_most));
  auto totals = producer.totals();
  for (const auto& [reason, n] : totals.failed)
    failed += n;
  spdlog::info(log_line(event, {about, {"messages_delivered", totals.delivered}, {"messages_failed", failed}}));
  if (auto why = producer.fatal()) return failure{"kafka", *why};
  if (failed > 0) return failure{"kafka", fmt::format("{} messages were not delivered", failed)};
  return nothing{};
}

namespace {

// Those of the program, and those that follow from them.
std::vector<tool_option> options_of(const tool& t) {
  auto options = t.options;
  if (auto i = std::ranges::find(options, "instrument", &tool_option::name); i != options.end())
    options.insert(i + 1, {"instrument-path", "<folder>",
                           "Folder to look for instrument files in, before the usual ones; may be given several times.",
                           true});
  return options;
}

int run_logged(const tool& t, const std::vector<std::string>& arguments, stderr_log& log) {
  auto refuse = [&](const failure& f) {
    log.say(fmt::format("{}: {}", t.name, f.message));
    return f.reason == "usage" || f.reason == "value" ? 2 : 1;
  };
  try {
    const auto options = options_of(t);
    if (const auto text =
          printed_description(describe_tool({t.name, t.purpose, options, t.run, t.actions}), arguments)) {
      fmt::print("{}", *text);
      return 0;
    }
    auto args = read_tool_arguments(options, arguments, t.actions);
    if (!args) return refuse(args.error());
    if (args->has("help")) {
      fmt::print("{}", tool_help(t.name, t.purpose, options, t.actions));
      return 0;
    }
    if (args->has("version")) {
      fmt::print("{} {}\n", t.name, program_version());
      return 0;
    }
    if (auto done = t.run(*args); !done) return refuse(done.error());
    return 0;
  } catch (const std::exception& e) {
    return refuse({"failed", e.what()});
  }
}

} // namespace

int run_tool(const tool& t, const std::vector<std::string>& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  stderr_log log(t.name);
  spdlog::set_default_logger(log.logger());
  return end_with(run_logged(t, arguments, log), log);
}

} // namespace livedata
