#include "actors/view/http/view_api.hpp"

#include "actors/view/http/output_formats.hpp"
#include "actors/view/http/regions.hpp"
#include "messages/codec/json_text.hpp"
#include "messages/random_uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace livedata {

namespace {

using problem_fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t most_log_lines = 2000;
// A text is given again for so long whatever has changed, and for so long if nothing has.
constexpr duration text_is_fresh{200'000'000};
constexpr duration text_is_kept{1'000'000'000};
constexpr std::array<std::pair<std::string_view, job_action>, 4> job_actions{{{"stop", job_action::stop},
                                                                              {"reset", job_action::reset},
                                                                              {"pause", job_action::pause},
                                                                              {"resume", job_action::resume}}};

http_response text_answer(std::string content, const char* type) {
  http_response r;
  r.content_type = type;
  r.text = std::move(content);
  return r;
}

http_response not_found(const std::string& what) {
  return error_answer(404, what);
}

http_response wrong_method(std::string_view allowed) {
  auto r = error_answer(405, fmt::format("this path takes {}", allowed));
  r.headers.emplace_back("Allow", std::string(allowed));
  return r;
}

bool reads(const http_request& r) {
  return r.method == "GET" || r.method == "HEAD";
}

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

view_api::view_api(view_identity who, access_rules rules, view_links links, std::shared_ptr<latest_results> latest,
                   std::shared_ptr<const wall_clock> clock, std::string_view openapi)
  : who_(std::move(who)), rules_(std::move(rules)), links_(std::move(links)), latest_(std::move(latest)),
    clock_(std::move(clock)), openapi_(openapi),
    workflows_text_(json{{"workflows", who_.workflows}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"),
    job_documents_(who_) {}

view_answer view_api::answer(const http_request& request) {
  if (auto refused = refusal(rules_, request)) return *std::move(refused);
  const auto target = parse_target(request.target);
  if (!target) return error_answer(400, "the path of the request cannot be read");
  try {
    return route(request, *target);
  } catch (const std::exception& e) {
    return error_answer(500, fmt::format("the answer could not be made: {}", e.what()));
  }
}

std::optional<http_response> view_api::refuse_updates(const http_request& request) const {
  if (auto refused = refusal(rules_, request)) return refused;
  const auto target = parse_target(request.target);
  if (!target || target->path != std::vector<std::string>{"api", "v1", "updates"})
    return not_found("updates are at /api/v1/updates");
  return std::nullopt;
}

view_answer view_api::route(const http_request& request, const request_target& target) {
  const auto& path = target.path;
  if (path.size() >= 2 && path[0] == "api" && path[1] == "v1") return route_api(request, target);
  if (!path.empty() && path[0] == "api")
    return not_found("there is no such version of the interface; there is /api/v1/");
  if (!reads(request)) return wrong_method("GET");
  if (path.size() == 1 && (path[0] == "live" || path[0] == "ready")) return health_answer(path[0] == "live");
  if (path.size() == 1 && path[0] == "metrics") {
    if (!links_.metrics) return not_found("there are no metrics");
    return text_answer(links_.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  }
  return page(request, target);
}

view_answer view_api::route_api(const http_request& request, const request_target& target) {
  const auto& path = target.path;
  if (path.size() > 3 && path[2] == "jobs") return route_job(request, target);
  if (path.size() != 3) return not_found("there is no such path; /api/v1/openapi.json has them all");
  const auto& what = path[2];
  if (what == "jobs" && request.method == "POST") return start(request);
  if (!reads(request)) return wrong_method(what == "jobs" ? "GET, POST" : "GET");
  if (what == "jobs") return text_answer(jobs_text(), "application/json");
  if (what == "status") return text_answer(status_text(), "application/json");
  if (what == "workflows") return text_answer(workflows_text_, "application/json");
  if (what == "history") return json_answer(200, history_document(latest_->history()));
  if (what == "log") return log_answer(target);
  if (what == "openapi.json") return text_answer(std::string(openapi_), "application/json");
  if (what == "updates") return error_answer(426, "updates come over a WebSocket");
  return not_found("there is no such path; /api/v1/openapi.json has them all");
}

view_answer view_api::route_job(const http_request& request, const request_target& target) {
  const auto& path = target.path;
  if (path.size() < 6) return not_found("a job is /api/v1/jobs/{source}/{number}/…");
  const auto number = parse_uuid(path[4]);
  if (!number) return not_found("the number of a job is a UUID");
  const job_id id{path[3], *number};
  if (path.size() == 7 && path[5] == "outputs") return output(request, target, id);
  if (path.size() != 6) return not_found("there is no such path; /api/v1/openapi.json has them all");
  if (path[5] == "regions") return regions(request, id);
  if (request.method != "POST") return wrong_method("POST");
  return act(id, path[5]);
}

view_answer view_api::output(const http_request& request, const request_target& target, const job_id& id) const {
  if (!reads(request)) return wrong_method("GET");
  const auto& name = target.path[6];
  auto found = latest_->output(id, name);
  if (!found)
    return not_found(latest_->job(id) ? fmt::format("the job has no output '{}' yet", name) : "there is no such job");
  const auto query = [&](std::string_view key) {
    const auto at = target.query.find(key);
    return at == target.query.end() ? std::string() : at->second;
  };
  const auto size_text = query("max_size");
  auto size = size_text.empty() ? std::nullopt : parse_view_size(size_text);
  if (!size_text.empty() && !size)
    return error_answer(400, "max_size is <width>x<height>, each from 1 to 100000", {{"max_size", "is no size"}});
  const auto format = query("format").empty() ? "da00" : query("format");
  if (format != "da00" && format != "json" && format != "hdf5")
    return error_answer(400, "format is da00, json or hdf5", {{"format", "is unknown"}});

  const auto tag = fmt::format("\"{}-{}-{}\"", found->sequence, format, size_text);
  if (const auto* known = request.header("if-none-match"); known != nullptr && *known == tag) {
    http_response same;
    same.status = 304;
    same.headers.emplace_back("ETag", tag);
    return same;
  }
  // A result has what is new of it: people want all that there is, and no sample added to its neighbours.
  if (const auto series = latest_->series(id, name, 0)) {
    found->message = message_of(*series);
    size.reset();
  }
  const auto job = latest_->job(id);
  const auto workflow = job ? to_string(job->workflow) : std::string();
  return slow_answer([message = found->message, size, format, tag, name, id, workflow]() -> http_response {
    const auto sized = message_of_size(message, size);
    if (!sized) return error_answer(500, "the output cannot be read: " + sized.error().message);
    http_response r;
    r.headers.emplace_back("ETag", tag);
    if (sized->by_x > 1 || sized->by_y > 1)
      r.headers.emplace_back("X-Livedata-Scaled", fmt::format("{},{}", sized->by_y, sized->by_x));
    r.payload = sized->message;
    r.content_type = "application/octet-stream";
    if (format == "da00") return r;
    const auto read = da00::read(sized->message->bytes());
    if (!read) return error_answer(500, "the output cannot be read: " + read.error().message);
    if (format == "json") {
      auto answer = json_answer(200, output_json(*read));
      answer.headers = r.headers;
      return answer;
    }
    auto file = output_hdf5(*read, name, to_string(id), workflow);
    if (!file) return error_answer(500, "the file cannot be made: " + file.error().message);
    r.payload = make_payload(*std::move(file));
    r.content_type = "application/x-hdf5";
    return r;
  });
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

health_input view_api::health_now() const {
  health_input in;
  in.now = clock_->now();
  in.started = who_.started;
  in.running = links_.running();
  in.live_source = who_.live_source;
  in.report = latest_->report();
  in.jobs = latest_->jobs();
  if (links_.producer_trouble) in.producer_trouble = links_.producer_trouble();
  return in;
}

http_response view_api::health_answer(bool live) const {
  const auto h = decide_health(health_now());
  return json_answer((live ? h.live : h.ready()) ? 200 : 503, to_json(h));
}

http_response view_api::log_answer(const request_target& target) const {
  std::size_t lines = 200;
  if (const auto given = target.query.find("lines"); given != target.query.end()) {
    const auto& text = given->second;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), lines);
    if (problem != std::errc() || end != text.data() + text.size() || lines > most_log_lines)
      return error_answer(400, fmt::format("lines is a whole number up to {}", most_log_lines),
                          {{"lines", "is no such number"}});
  }
  return json_answer(200, {{"lines", links_.log ? links_.log(lines) : json::array()}});
}

http_response view_api::page(const http_request& request, const request_target& target) const {
  std::string path = "/";
  for (const auto& segment : target.path)
    path += (path.size() > 1 ? "/" : "") + segment;
  const auto file = links_.page ? links_.page(path) : std::nullopt;
  if (!file) return not_found("there is no such page");
  http_response r;
  r.content_type = std::string(file->content_type);
  r.fixed = file->bytes;
  // Names below /assets/ have a digest of the content in them.
  const bool forever = request.target.starts_with("/assets/");
  r.headers.emplace_back("Cache-Control", forever ? "public, max-age=31536000, immutable" : "no-cache");
  return r;
}

bool view_api::is_fresh(const kept_text& t) const {
  const auto age = clock_->now() - t.made;
  const auto good_for = t.revision == latest_->revision() ? text_is_kept : text_is_fresh;
  return !t.text.empty() && duration{0} <= age && age < good_for;
}

const std::string& view_api::status_text() {
  if (is_fresh(status_)) return status_.text;
  const auto revision = latest_->revision();
  auto content = status_document(who_, health_now(), rules_.control);
  status_ = {content.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", clock_->now(), revision};
  return status_.text;
}

const std::string& view_api::jobs_text() {
  if (is_fresh(jobs_)) return jobs_.text;
  const auto revision = latest_->revision();
  const auto report = latest_->report();
  auto content = job_documents_.list(latest_->jobs(), report.report.get());
  jobs_ = {content.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", clock_->now(), revision};
  return jobs_.text;
}

} // namespace livedata
