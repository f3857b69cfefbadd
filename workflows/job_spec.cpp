#include "workflows/job_spec.hpp"

#include "workflows/instrument/json_node.hpp"

#include <limits>
#include <optional>

namespace livedata {

namespace {

json time_or_null(const std::optional<timestamp>& t) {
  return t ? json(t->ns) : json(nullptr);
}

std::optional<timestamp> read_time(const json_node& node) {
  if (node.value().is_null()) return std::nullopt;
  using limits = std::numeric_limits<std::int64_t>;
  return timestamp{node.integer(limits::min(), limits::max())};
}

template <class T>
T parsed(const json_node& node, result<T> (*parse)(std::string_view)) {
  auto value = parse(node.text());
  if (!value) node.fail(value.error().message);
  return *std::move(value);
}

job_spec read(const json_node& spec) {
  spec.allow_keys({"job", "workflow", "params", "auxiliary", "schedule"});
  const auto job = spec.at("job");
  job.allow_keys({"source_name", "job_number"});
  const auto params = spec.at("params");
  if (!params.value().is_object()) params.refuse("an object");
  const auto schedule = spec.at("schedule");
  schedule.allow_keys({"start_time", "end_time"});
  job_spec out{{job.at("source_name").text(), parsed(job.at("job_number"), parse_uuid)},
               parsed(spec.at("workflow"), parse_workflow_id),
               params.value(),
               {},
               {read_time(schedule.at("start_time")), read_time(schedule.at("end_time"))}};
  for (const auto& [role, stream] : spec.at("auxiliary").members())
    out.auxiliary.emplace_back(role, stream.text());
  if (auto ok = out.schedule.check(); !ok) schedule.fail(ok.error().message);
  return out;
}

} // namespace

json to_json(const job_spec& spec) {
  auto auxiliary = json::object();
  for (const auto& [role, stream] : spec.auxiliary)
    auxiliary[role] = stream;
  return {
    {"job", {{"source_name", spec.job.source_name}, {"job_number", to_string(spec.job.job_number)}}},
    {"workflow", to_string(spec.workflow)},
    {"params", spec.params},
    {"auxiliary", std::move(auxiliary)},
    {"schedule", {{"start_time", time_or_null(spec.schedule.start)}, {"end_time", time_or_null(spec.schedule.end)}}}};
}

result<job_spec> job_spec_from_json(const json& value) {
  try {
    return read(json_node(value, "the job"));
  } catch (const json_error& e) {
    return failure{"bad_job_spec", e.what()};
  }
}

} // namespace livedata
