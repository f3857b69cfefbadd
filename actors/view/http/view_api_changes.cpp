// The part of the interface that changes something: jobs and regions.
#include "actors/view/http/api_answers.hpp"
#include "actors/view/http/regions.hpp"
#include "actors/view/http/view_api.hpp"
#include "messages/codec/json_text.hpp"
#include "messages/random_uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace livedata {

namespace {

using problem_fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::pair<std::string_view, job_action>, 4> job_actions{{{"stop", job_action::stop},
                                                                              {"reset", job_action::reset},
                                                                              {"pause", job_action::pause},
                                                                              {"resume", job_action::resume}}};

result<json> content_of(const http_request& r) {
  auto parsed = json_text::parse(std::as_bytes(std::span(r.body)));
  if (!parsed) return failure{"bad_json", "the content of the request: " + parsed.error().message};
  if (!parsed->is_object()) return failure{"bad_json", "the content of the request has to be a JSON object"};
  return parsed;
}

// Seconds since 1970.
std::optional<timestamp> time_member(const json& content, const char* name, problem_fields& fields) {
  const auto at = content.find(name);
  if (at == content.end() || at->is_null()) return std::nullopt;
  if (!at->is_number() || !std::isfinite(at->get<double>())) {
    fields.emplace_back(name, "has to be seconds since 1970, or null");
    return std::nullopt;
  }
  return timestamp{duration::from_seconds(at->get<double>()).ns};
}

std::string text_member(const json& content, const char* name, problem_fields& fields) {
  const auto at = content.find(name);
  if (at != content.end() && at->is_string()) return at->get<std::string>();
  fields.emplace_back(name, at == content.end() ? "is missing" : "has to be a text");
  return {};
}

// Where a problem that a coordinator tells of can be mended.
problem_fields fields_or_whole(const std::string& problem) {
  auto fields = fields_of_problem(problem);
  for (auto& [path, text] : fields)
    path = "params." + path;
  return fields;
}

} // namespace

std::vector<std::pair<std::string, std::string>> fields_of_problem(std::string_view text) {
  constexpr std::array<std::string_view, 3> beginnings{"' is ", "' must ", "' has "};
  problem_fields out;
  std::size_t begin = 0;
  while ((begin = text.find('\'', begin)) != std::string_view::npos) {
    const auto end = text.find('\'', begin + 1);
    if (end == std::string_view::npos) break;
    const auto path = text.substr(begin + 1, end - begin - 1);
    const auto rest = text.substr(end);
    const bool is_path = !path.empty() && std::ranges::all_of(path, [](char c) {
      return c == '_' || c == '.' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    // The first, and those behind a semicolon.
    const bool starts = begin == 0 || text.substr(0, begin).ends_with(": ") || text.substr(0, begin).ends_with("; ");
    if (!is_path || !starts || std::ranges::none_of(beginnings, [&](auto b) { return rest.starts_with(b); })) {
      begin = end;
      if (!is_path) continue;
      ++begin;
      continue;
    }
    const auto stop = text.find("; '", end);
    out.emplace_back(std::string(path),
                     std::string(text.substr(end + 2, stop == std::string_view::npos ? stop : stop - end - 2)));
    if (stop == std::string_view::npos) break;
    begin = stop + 2;
  }
  return out;
}

const json* view_api::workflow(std::string_view id) const {
  for (const auto& w : who_.workflows)
    if (w.value("id", "") == id) return &w;
  return nullptr;
}

view_answer view_api::start(const http_request& request) {
  const auto content = content_of(request);
  if (!content) return error_answer(400, content.error().message);
  problem_fields fields;
  start_command c;
  const auto name = text_member(*content, "workflow", fields);
  c.job.source_name = text_member(*content, "source", fields);
  const auto* known = workflow(name);
  if (known == nullptr && !name.empty()) fields.emplace_back("workflow", "is none of this instrument");
  if (known != nullptr && !c.job.source_name.empty()) {
    const auto sources = known->value("sources", std::vector<std::string>());
    if (std::ranges::find(sources, c.job.source_name) == sources.end())
      fields.emplace_back("source", "is none of this workflow");
  }
  if (known != nullptr && !known->value("available", true))
    fields.emplace_back("workflow", known->value("reason", "is not available"));
  if (const auto params = content->find("params"); params != content->end() && !params->is_null()) {
    if (params->is_object())
      c.params = *params;
    else
      fields.emplace_back("params", "has to be an object");
  }
  if (const auto aux = content->find("aux_source_names"); aux != content->end() && aux->is_object()) {
    for (const auto& [role, stream] : aux->items())
      if (stream.is_string())
        c.aux_source_names.emplace_back(role, stream.get<std::string>());
      else
        fields.emplace_back("aux_source_names." + role, "has to be a text");
  }
  c.schedule = {time_member(*content, "start_time", fields), time_member(*content, "end_time", fields)};
  c.job.job_number = random_uuid();
  if (const auto number = content->find("job_number"); number != content->end() && !number->is_null()) {
    const auto parsed = number->is_string() ? parse_uuid(number->get<std::string>()) : result<uuid>(failure{});
    if (parsed)
      c.job.job_number = *parsed;
    else
      fields.emplace_back("job_number", "has to be a UUID");
  }
  if (!fields.empty()) return error_answer(422, "the job cannot be started: see the fields", fields);
  c.workflow = *parse_workflow_id(name);
  c.message_id = to_string(random_uuid());
  if (!links_.command) return error_answer(503, "this engine takes no commands");
  latest_->take_wish(c.job, {c.workflow, c.params, c.aux_source_names, c.schedule});
  const auto service = known->value("service", "");
  return later_answer([this, c, service](const respond& to) {
    links_.command(service, std::make_shared<const control_message>(c), [to, c](const std::string& problem) {
      if (!problem.empty()) return to(error_answer(422, problem, fields_or_whole(problem)));
      auto r = json_answer(
        201, {{"id", to_string(c.job)}, {"source", c.job.source_name}, {"job_number", to_string(c.job.job_number)}});
      to(std::move(r));
    });
  });
}

view_answer view_api::act(const job_id& id, std::string_view action) {
  const auto known = std::ranges::find(job_actions, action, [](const auto& a) { return a.first; });
  if (known == job_actions.end()) return not_found("a job can be stopped, reset, paused and resumed");
  const auto job = latest_->job(id);
  if (!job) return not_found("there is no such job");
  if (!links_.command) return error_answer(503, "this engine takes no commands");
  job_command c;
  c.message_id = to_string(random_uuid());
  c.job = id;
  c.action = known->second;
  return later_answer([this, c, service = job->service](const respond& to) {
    links_.command(service, std::make_shared<const control_message>(c), [to](const std::string& problem) {
      if (problem.empty()) return to(json_answer(200, json::object()));
      to(error_answer(problem.find("no such job") == std::string::npos ? 409 : 404, problem));
    });
  });
}

view_answer view_api::regions(const http_request& request, const job_id& id) {
  const auto job = latest_->job(id);
  if (!job) return not_found("there is no such job");
  if (reads(request)) {
    auto there = regions_of(*job);
    return there ? json_answer(200, *there) : not_found("the job has no regions of interest, or no result yet");
  }
  if (request.method != "PUT") return wrong_method("GET, PUT");
  const auto content = content_of(request);
  if (!content) return error_answer(400, content.error().message);
  if (!links_.request_regions) return error_answer(503, "this engine takes no requests for regions");
  if (job->result && !regions_of(*job)) return error_answer(409, "the job has no regions of interest");
  std::vector<region_problem> problems;
  const auto wanted = read_regions(*content, *job, problems);
  if (!problems.empty()) {
    problem_fields fields;
    for (const auto& p : problems)
      fields.emplace_back(p.path, p.text);
    return error_answer(422, "the regions cannot be used: see the fields", fields);
  }
  for (const auto& [shape, array] :
       {std::pair(roi_shape::rectangle, &wanted.rectangles), std::pair(roi_shape::polygon, &wanted.polygons)}) {
    auto [source, message] = region_message(id, shape, *array);
    links_.request_regions(source, message);
  }
  return json_answer(200, json::object());
}

} // namespace livedata
