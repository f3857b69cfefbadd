#include "actors/view/http/view_api.hpp"

#include "actors/view/http/api_answers.hpp"
#include "actors/view/http/output_formats.hpp"
#include "actors/view/terminal/report_table.hpp"

#include <fmt/format.h>

#include <charconv>

namespace livedata {

namespace {

constexpr std::size_t most_log_lines = 2000;
// A text is given again for so long whatever has changed, and for so long if nothing has.
constexpr duration text_is_fresh{200'000'000};
constexpr duration text_is_kept{1'000'000'000};
constexpr std::size_t most_table_size = 1000;

http_response text_answer(std::string content, const char* type) {
  http_response r;
  r.content_type = type;
  r.text = std::move(content);
  return r;
}

// A number of the query. Failure: the name, and what it has to be.
result<std::size_t> query_number(const request_target& target, const std::string& name, std::size_t otherwise,
                                 std::size_t most) {
  const auto given = target.query.find(name);
  if (given == target.query.end()) return otherwise;
  const auto& text = given->second;
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number > most)
    return failure{"value", fmt::format("{} is a whole number up to {}", name, most)};
  return number;
}

http_response refused_number(const failure& f) {
  return error_answer(400, f.message, {{f.message.substr(0, f.message.find(' ')), "is no such number"}});
}

} // namespace

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
  if (what == "table") return table_answer(target);
  if (what == "configuration") return text_answer(who_.configuration, "text/plain; charset=utf-8");
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
  const auto workflow = job ? job->workflow : workflow_id();
  return slow_answer([found = *found, size, format, tag, name, id, workflow]() -> http_response {
    const auto sized = message_of_size(found.message, size);
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
    auto file = output_hdf5(*read, name, {id, workflow, read->time, found.end});
    if (!file) return error_answer(500, "the file cannot be made: " + file.error().message);
    r.payload = make_payload(*std::move(file));
    r.content_type = "application/x-hdf5";
    return r;
  });
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
  const auto lines = query_number(target, "lines", 200, most_log_lines);
  if (!lines) return refused_number(lines.error());
  return json_answer(200, {{"lines", links_.log ? links_.log(*lines) : json::array()}});
}

http_response view_api::table_answer(const request_target& target) const {
  const auto columns = query_number(target, "columns", 100, most_table_size);
  if (!columns) return refused_number(columns.error());
  const auto rows = query_number(target, "rows", 50, most_table_size);
  if (!rows) return refused_number(rows.error());
  const auto colour = target.query.find("colour");
  const auto report = latest_->report();
  if (!report.report) return error_answer(503, "there is no report yet");
  return text_answer(render_table(*report.report, static_cast<int>(*columns), static_cast<int>(*rows),
                                  colour != target.query.end() && colour->second == "true"),
                     "text/plain; charset=utf-8");
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
