#include "messages/codec/commands.hpp"

#include "messages/codec/json_text.hpp"

#include <fmt/format.h>

#include <array>

namespace livedata::commands {

namespace {

using namespace json_text;

constexpr std::string_view start_kind = "workflow_config";
constexpr std::string_view job_kind = "job_command";
constexpr std::array actions{job_action::stop, job_action::reset, job_action::pause, job_action::resume};

std::string message_id_of(const json& message, const std::function<std::string()>& new_id) {
  const auto* id = find(message, "message_id");
  return id ? text(*id, "message_id") : new_id();
}

job_schedule schedule_of(const json& message) {
  job_schedule out;
  const auto* given = find(message, "schedule");
  if (!given) return out;
  const auto& times = object(*given, "schedule");
  const auto time = [&](std::string_view name) -> std::optional<timestamp> {
    const auto* value = find(times, name);
    if (!value || value->is_null()) return std::nullopt;
    return timestamp{whole_number(*value, floats::truncate, fmt::format("schedule.{}", name))};
  };
  out.start = time("start_time");
  out.end = time("end_time");
  if (auto ok = out.check(); !ok) throw bad_field(fmt::format("schedule: {}", ok.error().message));
  return out;
}

start_command start_of(const json& message, const std::function<std::string()>& new_id) {
  start_command c;
  c.workflow = workflow(member(message, "identifier", "identifier"), "identifier");
  c.job = job(member(message, "job_id", "job_id"), "job_id");
  c.schedule = schedule_of(message);
  if (const auto* aux = find(message, "aux_source_names"))
    for (const auto& [role, stream] : object(*aux, "aux_source_names").items())
      c.aux_source_names.emplace_back(role, text(stream, "aux_source_names." + role));
  if (const auto* params = find(message, "params")) c.params = object(*params, "params");
  c.message_id = message_id_of(message, new_id);
  return c;
}

job_command job_command_of(const json& message, const std::function<std::string()>& new_id) {
  job_command c;
  const auto& action = member(message, "action", "action");
  bool known = false;
  for (auto a : actions)
    if (action == json(to_string(a))) {
      c.action = a;
      known = true;
    }
  if (!known) throw bad_field(fmt::format("action must be stop, reset, pause or resume, not {}", shown(action)));
  if (const auto* id = find(message, "job_id"); id && !id->is_null()) c.job = job(*id, "job_id");
  if (const auto* id = find(message, "workflow_id"); id && !id->is_null()) c.workflow = workflow(*id, "workflow_id");
  c.message_id = message_id_of(message, new_id);
  return c;
}

json time_or_null(const std::optional<timestamp>& t) {
  return t ? json(t->ns) : json(nullptr);
}

} // namespace

std::string_view to_string(job_action a) {
  switch (a) {
  case job_action::stop:
    return "stop";
  case job_action::reset:
    return "reset";
  case job_action::pause:
    return "pause";
  case job_action::resume:
    return "resume";
  }
  return "unknown";
}

result<command> read(std::span<const std::byte> bytes, const std::function<std::string()>& new_id) {
  const auto message = parse(bytes);
  if (!message) return message.error();
  try {
    const auto kind = text(member(object(*message, "the command"), "kind", "kind"), "kind");
    if (kind == start_kind) return command{start_of(*message, new_id)};
    if (kind == job_kind) return command{job_command_of(*message, new_id)};
    return failure{"unknown_kind", fmt::format("command refused: kind must be {} or {}, not {}", start_kind, job_kind,
                                               shown(json(kind)))};
  } catch (const bad_field& e) {
    return failure{"bad_field", fmt::format("command refused: {}", e.what())};
  }
}

std::vector<std::byte> write(const start_command& c) {
  auto aux = json::object();
  for (const auto& [role, stream] : c.aux_source_names)
    aux[role] = stream;
  return to_bytes(
    {{"kind", start_kind},
     {"identifier", to_json(c.workflow)},
     {"message_id", c.message_id},
     {"job_id", to_json(c.job)},
     {"schedule", {{"start_time", time_or_null(c.schedule.start)}, {"end_time", time_or_null(c.schedule.end)}}},
     {"aux_source_names", std::move(aux)},
     {"params", c.params}});
}

std::vector<std::byte> write(const job_command& c) {
  return to_bytes({{"kind", job_kind},
                   {"message_id", c.message_id},
                   {"job_id", c.job ? to_json(*c.job) : json(nullptr)},
                   {"workflow_id", c.workflow ? to_json(*c.workflow) : json(nullptr)},
                   {"action", to_string(c.action)}});
}

} // namespace livedata::commands
