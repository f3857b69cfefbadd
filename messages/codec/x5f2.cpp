#include "messages/codec/x5f2.hpp"

#include "messages/codec/flat_buffer.hpp"
#include "messages/codec/json_text.hpp"

#include <fmt/format.h>

#include <array>
#include <x5f2_generated.h>

namespace livedata::x5f2 {

namespace {

using namespace json_text;

namespace wire = livedata::wire::x5f2;

constexpr std::string_view software = "livedata";
constexpr std::uint32_t job_interval = 1000;
constexpr std::uint32_t service_interval = 2000;

constexpr int ok = 200;
constexpr int warning = 210;
constexpr int disabled = 235;
constexpr int error = 240;
constexpr int unknown = 999;

constexpr std::array job_states{job_state::scheduled, job_state::pending_context, job_state::active, job_state::warning,
                                job_state::error,     job_state::finishing,       job_state::stopped};
constexpr std::array service_states{service_state::starting, service_state::running, service_state::stopped,
                                    service_state::error};

// The field's programs take no other names than theirs.
job_state known_state(job_state s) {
  return s == job_state::waiting ? job_state::pending_context : s;
}

json or_null(const std::optional<std::string>& text) {
  return text ? json(*text) : json(nullptr);
}

json or_null(const std::optional<timestamp>& t) {
  return t ? json(t->ns) : json(nullptr);
}

std::vector<std::byte> status(const sender& who, std::string service_id, std::uint32_t interval, int code,
                              json content) {
  return write({std::string(software), who.software_version, std::move(service_id), who.host_name, who.process_id,
                interval, dump({{"status", code}, {"message", std::move(content)}})});
}

json to_json(const stream_statistics& s) {
  auto streams = json::array();
  for (const auto& c : s.streams)
    streams.push_back(
      {{"topic", c.topic}, {"source_name", c.source_name}, {"stream", or_null(c.stream)}, {"count", c.count}});
  return {{"window_seconds", s.window_seconds}, {"streams", std::move(streams)}};
}

// ---- reading

std::optional<std::string> optional_text(const json& from, std::string_view name) {
  const auto* value = find(from, name);
  if (!value || value->is_null()) return std::nullopt;
  return text(*value, name);
}

std::optional<timestamp> optional_time(const json& from, std::string_view name) {
  const auto* value = find(from, name);
  if (!value || value->is_null()) return std::nullopt;
  return timestamp{whole_number(*value, floats::must_be_whole, name)};
}

double number(const json& from, std::string_view name) {
  const auto& value = member(from, name, name);
  if (!value.is_number()) throw bad_field(fmt::format("{} must be a number, not {}", name, shown(value)));
  return value.get<double>();
}

std::uint64_t count(const json& from, std::string_view name) {
  const auto n = whole_number(member(from, name, name), floats::must_be_whole, name);
  if (n < 0) throw bad_field(fmt::format("{} must not be negative, as {} is", name, n));
  return static_cast<std::uint64_t>(n);
}

template <class States, class Name>
auto state_of(const json& from, const States& states, Name name) {
  const auto given = text(member(from, "state", "state"), "state");
  for (auto s : states)
    if (name(s) == given) return s;
  throw bad_field(fmt::format("state {} is not known", shown(json(given))));
}

job_heartbeat job_of(const json& content) {
  job_heartbeat h;
  h.job = job(member(content, "job_id", "job_id"), "job_id");
  h.workflow = workflow(member(content, "workflow_id", "workflow_id"), "workflow_id");
  h.state = state_of(content, job_states, [](job_state s) { return livedata::to_string(s); });
  h.warning = optional_text(content, "warning");
  h.error = optional_text(content, "error");
  h.start = optional_time(content, "start_time");
  h.end = optional_time(content, "end_time");
  return h;
}

stream_statistics statistics_of(const json& content) {
  stream_statistics s;
  s.window_seconds = number(object(content, "stream_stats"), "window_seconds");
  const auto& streams = member(content, "streams", "streams");
  if (!streams.is_array()) throw bad_field("streams must be a list");
  for (const auto& entry : streams) {
    object(entry, "an entry of streams");
    s.streams.push_back({text(member(entry, "topic", "topic"), "topic"),
                         text(member(entry, "source_name", "source_name"), "source_name"),
                         optional_text(entry, "stream"), count(entry, "count")});
  }
  return s;
}

service_heartbeat service_of(const json& content) {
  service_heartbeat h;
  h.instrument = text(member(content, "instrument", "instrument"), "instrument");
  h.service_name = text(member(content, "service_name", "service_name"), "service_name");
  const auto& worker = member(content, "worker_id", "worker_id");
  const auto id = parse_uuid(text(worker, "worker_id"));
  if (!id) throw bad_field(fmt::format("worker_id must be a UUID, not {}", shown(worker)));
  h.worker_id = *id;
  h.state = state_of(content, service_states, [](service_state s) { return to_string(s); });
  h.started_at = {whole_number(member(content, "started_at", "started_at"), floats::must_be_whole, "started_at")};
  h.active_job_count = count(content, "active_job_count");
  h.error = optional_text(content, "error");
  h.batch_interval_seconds = number(content, "batch_interval_s");
  if (const auto* stats = find(content, "stream_stats"); stats && !stats->is_null())
    h.stream_stats = statistics_of(*stats);
  return h;
}

} // namespace

std::string_view to_string(service_state s) {
  switch (s) {
  case service_state::starting:
    return "starting";
  case service_state::running:
    return "running";
  case service_state::stopped:
    return "stopped";
  case service_state::error:
    return "error";
  }
  return "unknown";
}

int status_code(job_state s) {
  switch (s) {
  case job_state::scheduled:
    return disabled;
  case job_state::pending_context:
  case job_state::waiting:
  case job_state::warning:
    return warning;
  case job_state::active:
  case job_state::finishing:
    return ok;
  case job_state::error:
    return error;
  // The field's programs have no code for it.
  case job_state::stopped:
    return unknown;
  }
  return unknown;
}

int status_code(service_state s) {
  switch (s) {
  case service_state::starting:
  case service_state::stopped:
    return disabled;
  case service_state::running:
    return ok;
  case service_state::error:
    return error;
  }
  return unknown;
}

result<message> read(std::span<const std::byte> bytes) {
  const auto verified = flat::verified<wire::Status>(bytes, schema);
  if (!verified) return verified.error();
  const auto& table = **verified;
  message m;
  m.process_id = table.process_id();
  m.update_interval = table.update_interval();

  const auto texts = flat::keep_texts(schema, {{m.software_name, table.software_name(), "software_name"},
                                               {m.software_version, table.software_version(), "software_version"},
                                               {m.service_id, table.service_id(), "service_id"},
                                               {m.host_name, table.host_name(), "host_name"},
                                               {m.status_json, table.status_json(), "status_json"}});
  if (!texts) return texts.error();
  return m;
}

std::vector<std::byte> write(const message& m) {
  const auto content = m.software_name.size() + m.software_version.size() + m.service_id.size() + m.host_name.size() +
                       m.status_json.size();
  flat::check_room(schema, content);
  flatbuffers::FlatBufferBuilder builder(content + 256);
  builder.ForceDefaults(true);
  const auto software_name = builder.CreateString(m.software_name);
  const auto software_version = builder.CreateString(m.software_version);
  const auto service_id = builder.CreateString(m.service_id);
  const auto host_name = builder.CreateString(m.host_name);
  const auto status_json = builder.CreateString(m.status_json);
  wire::StatusBuilder table(builder);
  table.add_software_name(software_name);
  table.add_software_version(software_version);
  table.add_service_id(service_id);
  table.add_host_name(host_name);
  table.add_process_id(m.process_id);
  table.add_update_interval(m.update_interval);
  table.add_status_json(status_json);
  wire::FinishStatusBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

std::vector<std::byte> write(const job_heartbeat& h, const sender& who) {
  return status(who, fmt::format("{}:{}", h.job.source_name, livedata::to_string(h.job.job_number)), job_interval,
                status_code(h.state),
                {{"message_type", "job"},
                 {"state", livedata::to_string(known_state(h.state))},
                 {"warning", or_null(h.warning)},
                 {"error", or_null(h.error)},
                 {"job_id", json_text::to_json(h.job)},
                 {"workflow_id", livedata::to_string(h.workflow)},
                 {"start_time", or_null(h.start)},
                 {"end_time", or_null(h.end)}});
}

std::vector<std::byte> write(const service_heartbeat& h, const sender& who) {
  const auto worker = livedata::to_string(h.worker_id);
  return status(who, fmt::format("{}:{}:{}", h.instrument, h.service_name, worker), service_interval,
                status_code(h.state),
                {{"message_type", "service"},
                 {"instrument", h.instrument},
                 {"service_name", h.service_name},
                 {"worker_id", worker},
                 {"state", to_string(h.state)},
                 {"started_at", h.started_at.ns},
                 {"active_job_count", h.active_job_count},
                 {"error", or_null(h.error)},
                 {"batch_interval_s", h.batch_interval_seconds},
                 {"stream_stats", h.stream_stats ? to_json(*h.stream_stats) : json(nullptr)}});
}

result<heartbeat> heartbeat_of(const message& m) {
  const auto status = parse(std::as_bytes(std::span(m.status_json)));
  if (!status) return status.error();
  try {
    const auto& content = object(member(object(*status, "the status"), "message", "message"), "message");
    const auto type = optional_text(content, "message_type").value_or("job");
    if (type == "job") return heartbeat{job_of(content)};
    if (type == "service") return heartbeat{service_of(content)};
    return failure{"unknown_kind",
                   fmt::format("status refused: message_type must be job or service, not {}", shown(json(type)))};
  } catch (const bad_field& e) {
    return failure{"bad_field", fmt::format("status refused: {}", e.what())};
  }
}

} // namespace livedata::x5f2
