// What viewers see, made by hand: results, a clock, an interface that answers.
#pragma once

#include "actors/view/http/view_api.hpp"
#include "messages/codec/da00.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

class hand_clock final : public wall_clock {
public:
  timestamp now() const override { return time; }

  timestamp time{1'790'000'000'000'000'000};
};

inline data_array image_of(std::vector<double> numbers, std::int64_t rows, std::int64_t columns,
                           std::optional<std::string> unit = "counts") {
  data_array a;
  a.name = "Image";
  a.data = {{"y", "x"}, {rows, columns}, std::move(unit), std::move(numbers)};
  return a;
}

inline job_id job_named(const std::string& source, const std::string& name = "0") {
  return {source, uuid_from_name(name)};
}

inline const workflow_id plain_workflow{"small", "plain", 1};

// A result with these outputs.
inline std::shared_ptr<const job_result>
result_of(const job_id& id, const std::vector<std::pair<std::string, data_array>>& outputs, timestamp end = {2'000}) {
  auto r = std::make_shared<job_result>();
  r->job = id;
  r->workflow = plain_workflow;
  r->start = {1'000};
  r->end = end;
  for (const auto& [name, array] : outputs)
    r->outputs.push_back({name, make_payload(da00::write(result_key(plain_workflow, id, name), r->start, array))});
  return r;
}

inline http_request get(std::string target) {
  http_request r;
  r.method = "GET";
  r.target = std::move(target);
  r.headers["host"] = "localhost:8080";
  return r;
}

inline http_request change(std::string method, std::string target, std::string body) {
  auto r = get(std::move(target));
  r.method = std::move(method);
  r.headers["content-type"] = "application/json";
  r.body = std::move(body);
  return r;
}

// The interface with everything around it.
struct view_fixture {
  std::shared_ptr<hand_clock> clock = std::make_shared<hand_clock>();
  std::shared_ptr<latest_results> latest = std::make_shared<latest_results>();
  view_identity who{"small",
                    "1.2",
                    {"detector_data"},
                    clock->time,
                    true,
                    json::array({{{"id", "small/plain/1"},
                                  {"title", "Plain"},
                                  {"service", "detector_data"},
                                  {"available", true},
                                  {"sources", {"bank0", "bank1"}}}})};
  access_rules rules{{}, std::nullopt, true};
  view_links links;
  // What came over the ways into the engine.
  std::vector<control_message> commands;
  std::vector<std::pair<std::string, payload_ptr>> regions;
  // What is said to a command.
  std::string problem;

  view_fixture() {
    links.command = [this](const std::string&, const command_ptr& c, const command_done& done) {
      commands.push_back(*c);
      done(problem);
    };
    links.request_regions = [this](const std::string& source, const payload_ptr& m) {
      regions.emplace_back(source, m);
    };
    links.metrics = [] { return std::string("livedata_x 1\n"); };
    links.page = [](std::string_view path) -> std::optional<page_file> {
      if (path == "/") return page_file{"text/html; charset=utf-8", "<!doctype html>"};
      if (path == "/assets/index-1.js") return page_file{"text/javascript", "1"};
      return std::nullopt;
    };
  }

  std::shared_ptr<view_api> api() const {
    return std::make_shared<view_api>(who, rules, links, latest, clock, "{\"openapi\": \"3.1.0\"}");
  }

  void publish(std::shared_ptr<const job_result> r) const {
    latest->take(result_set{"detector_data", 1, {}, {std::move(r)}}, clock->time);
  }

  void report(run_report r = {}) const { latest->take(std::make_shared<const run_report>(std::move(r)), clock->time); }
};

// The answer, whatever it takes.
inline http_response answer_of(view_api& api, const http_request& request) {
  auto answer = api.answer(request);
  if (auto* now = std::get_if<http_response>(&answer)) return std::move(*now);
  if (auto* slow = std::get_if<slow_answer>(&answer)) return (*slow)();
  http_response out;
  std::get<later_answer>(answer)([&](http_response r) { out = std::move(r); });
  return out;
}

inline json json_of(const http_response& r) {
  return json::parse(r.body());
}

} // namespace livedata::test
