#include "app/configuration/job_blocks.hpp"

#include "app/configuration/config_writer.hpp"
#include "app/configuration/options.hpp"
#include "messages/ids.hpp"
#include "messages/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace livedata {

namespace {

using caf::config_value;

const std::vector<std::string> job_keys{"workflow", "source", "params", "number", "start", "end"};

constexpr auto job_example = "{ workflow = \"tube_view\", source = \"loki_detector_0\" }";

// Reads one job; a step that fails throws its failure, which never leaves read_jobs().
class job_reader {
public:
  job_reader(std::string_view origin, std::size_t index)
    : origin_(origin), path_(fmt::format("livedata.jobs[{}]", index)) {}

  job_request read(const config_node& node, const config_value& value) {
    if (node.kind != node_kind::block)
      refuse(node.line, path_,
             fmt::format("expected a block, but got {}; for example {}", to_string(node.kind), job_example));
    job_request job;
    job.where = fmt::format("{}:{}", origin_, node.line);
    auto& block = caf::get<caf::settings>(value);
    for (auto& child : node.children)
      field(job, child, block.find(child.name)->second);
    if (job.workflow.empty()) missing(node, "workflow", "workflow = \"tube_view\"");
    if (job.source.empty()) missing(node, "source", "source = \"loki_detector_0\"");
    if (job.start_ns && job.end_ns && *job.end_ns <= *job.start_ns) {
      auto* end = node.find("end");
      refuse(end->line, path_ + ".end",
             fmt::format("the end {} is not after the start {}", *job.end_ns, *job.start_ns));
    }
    return job;
  }

private:
  [[noreturn]] void refuse(int line, const std::string& path, const std::string& message) const {
    throw failure{"value", fmt::format("{}:{}: {}: {}", origin_, line, path, message)};
  }

  [[noreturn]] void missing(const config_node& node, const std::string& key, const std::string& remedy) const {
    refuse(node.line, path_, fmt::format("'{}' is missing; add {}", key, remedy));
  }

  void field(job_request& job, const config_node& node, const config_value& value) const {
    auto path = path_ + "." + node.name;
    if (node.name == "workflow")
      job.workflow = workflow(node, path, value);
    else if (node.name == "source")
      job.source = text(node, path, value);
    else if (node.name == "params")
      job.params = params(node, path, value);
    else if (node.name == "number")
      job.number = number(node, path, value);
    else if (node.name == "start")
      job.start_ns = time(node, path, value);
    else if (node.name == "end")
      job.end_ns = time(node, path, value);
    else
      unknown(node, path);
  }

  [[noreturn]] void unknown(const config_node& node, const std::string& path) const {
    auto near = nearest(node.name, job_keys);
    refuse(node.line, path,
           fmt::format("unknown key; {}",
                       near ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("known in a job: {}; what the workflow takes goes into params {{ }}",
                                          joined(job_keys))));
  }

  std::string text(const config_node& node, const std::string& path, const config_value& value) const {
    auto* x = caf::get_if<std::string>(&value);
    if (x == nullptr || x->empty())
      refuse(node.line, path,
             fmt::format("expected a text that is not empty, but got {}", livedata::to_config_text(value)));
    return *x;
  }

  std::string workflow(const config_node& node, const std::string& path, const config_value& value) const {
    auto x = text(node, path, value);
    if (x.find('/') != std::string::npos && !parse_workflow_id(x))
      refuse(
        node.line, path,
        fmt::format(
          "'{}' is no workflow; write instrument/name/version such as \"loki/tube_view/1\", or the name alone", x));
    return x;
  }

  std::string number(const config_node& node, const std::string& path, const config_value& value) const {
    auto* x = caf::get_if<std::string>(&value);
    auto id = x == nullptr ? result<uuid>{failure{"value", ""}} : parse_uuid(*x);
    if (!id)
      refuse(node.line, path,
             fmt::format("expected a UUID as text, such as \"6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63\", but got {}; leave "
                         "the key out to have one made",
                         livedata::to_config_text(value)));
    return to_string(*id);
  }

  std::int64_t time(const config_node& node, const std::string& path, const config_value& value) const {
    auto* x = caf::get_if<config_value::integer>(&value);
    if (x == nullptr)
      refuse(node.line, path,
             fmt::format("expected nanoseconds since the epoch (UTC) as a whole number, but got {}; for example {} = "
                         "1767225600000000000",
                         livedata::to_config_text(value), node.name));
    return *x;
  }

  json params(const config_node& node, const std::string& path, const config_value& value) const {
    if (node.kind != node_kind::block)
      refuse(node.line, path, fmt::format("expected a block, but got {}; write params {{ … }}", to_string(node.kind)));
    return to_json(node, path, value);
  }

  json to_json(const config_node& node, const std::string& path, const config_value& value) const {
    switch (node.kind) {
    case node_kind::block:
      return to_object(node, path, value);
    case node_kind::list: {
      auto out = json::array();
      auto& list = caf::get<config_value::list>(value);
      for (std::size_t i = 0; i < list.size(); ++i)
        out.push_back(to_json(node.children[i], fmt::format("{}[{}]", path, i), list[i]));
      return out;
    }
    case node_kind::text:
      return caf::get<std::string>(value);
    case node_kind::boolean:
      return caf::get<bool>(value);
    case node_kind::number:
      if (auto* x = caf::get_if<config_value::integer>(&value)) return *x;
      return caf::get<config_value::real>(value);
    case node_kind::timespan:
      refuse(node.line, path,
             fmt::format(
               "{}: a parameter takes no time with a unit; write the plain number, in the unit that the parameter has",
               node.text));
    case node_kind::uri:
      refuse(node.line, path,
             fmt::format("<{}>: a parameter takes no URI; write it as text: {}", node.text, in_quotes(node.text)));
    }
    return nullptr;
  }

  json to_object(const config_node& node, const std::string& path, const config_value& value) const {
    auto out = json::object();
    auto& block = caf::get<caf::settings>(value);
    for (auto& child : node.children) {
      auto name = child.name;
      std::ranges::replace(name, '-', '_');
      auto child_path = path + "." + child.name;
      if (out.contains(name))
        refuse(
          child.line, child_path,
          fmt::format(
            "'{}' is here a second time ('-' and '_' are the same in names of parameters); remove one of them", name));
      out[name] = to_json(child, child_path, block.find(child.name)->second);
    }
    return out;
  }

  std::string_view origin_;
  std::string path_;
};

std::string written(const json& value) {
  if (value.is_string()) return in_quotes(value.get<std::string>());
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (auto& [key, item] : value.items())
    out +=
      fmt::format("{} {}{}", out.empty() ? "" : ",", value.is_object() ? written_key(key) + " = " : "", written(item));
  return fmt::format("{}{} {}", value.is_object() ? '{' : '[', out, value.is_object() ? '}' : ']');
}

} // namespace

result<std::vector<job_request>> read_jobs(const config_node& node, const config_value::list& list,
                                           std::string_view origin) {
  std::vector<job_request> jobs;
  try {
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto job = job_reader{origin, i}.read(node.children[i], list[i]);
      for (auto& other : jobs)
        if (other.workflow == job.workflow && other.source == job.source && other.number == job.number)
          return failure{
            "value",
            fmt::format(
              "{}: livedata.jobs[{}]: the job {} on {}{} is already listed in {}; remove one of them, or give each its "
              "own number",
              job.where, i, job.workflow, job.source, job.number ? fmt::format(" (number {})", *job.number) : "",
              other.where)};
      jobs.push_back(std::move(job));
    }
  } catch (failure& f) {
    return std::move(f);
  }
  return jobs;
}

std::string to_config_text(const job_request& job) {
  auto out = fmt::format("{{ workflow = {}, source = {}", in_quotes(job.workflow), in_quotes(job.source));
  if (job.number) out += fmt::format(", number = {}", in_quotes(*job.number));
  if (job.start_ns) out += fmt::format(", start = {}", *job.start_ns);
  if (job.end_ns) out += fmt::format(", end = {}", *job.end_ns);
  if (!job.params.empty()) out += fmt::format(", params = {}", written(job.params));
  return out + " }";
}

} // namespace livedata
