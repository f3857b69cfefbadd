// What the interface of HTTP answers, without a network.
#include "actors/view/http/metrics_text.hpp"
#include "actors/view/http/regions.hpp"
#include "actors/view/http/view_api.hpp"
#include "actors/view/http/view_sink.hpp"
#include "actors/view/http/view_tap.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/x5f2.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace view_api_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const job_id bank = job_named("bank0");
const std::string bank_path = "/api/v1/jobs/bank0/" + to_string(bank.job_number);

job_heartbeat beat_of(const job_id& id, job_state state = job_state::active) {
  job_heartbeat h;
  h.job = id;
  h.workflow = plain_workflow;
  h.state = state;
  return h;
}

run_report quiet_report() {
  run_report r;
  r.messages_received = 5;
  return r;
}

std::vector<std::string> whats(const json& health) {
  std::vector<std::string> out;
  for (const auto& r : health.at("reasons"))
    out.push_back(r.at("what"));
  return out;
}

data_array regions_array(const std::string& dim, std::vector<double> x, std::vector<double> y,
                         std::vector<std::int32_t> index, std::optional<std::string> unit) {
  data_array a;
  a.data = make_vector(dim, std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a.set_coord("x", make_vector(dim, std::move(x), unit));
  a.set_coord("y", make_vector(dim, std::move(y), unit));
  a.set_coord("roi_index", make_vector(dim, std::move(index), "dimensionless"));
  return a;
}

} // namespace

TEST_CASE("the page, its parts, health and metrics have their paths; what is not there is 404, a wrong method 405") {
  view_fixture f;
  f.report(quiet_report());
  auto api = f.api();
  CHECK(answer_of(*api, get("/")).body() == "<!doctype html>");
  CHECK(answer_of(*api, get("/")).content_type == "text/html; charset=utf-8");
  CHECK(answer_of(*api, get("/assets/index-1.js")).body() == "1");
  CHECK(answer_of(*api, get("/metrics")).body() == "livedata_x 1\n");
  CHECK(answer_of(*api, get("/live")).status == 200);
  CHECK(answer_of(*api, get("/ready")).status == 200);
  CHECK(json_of(answer_of(*api, get("/api/v1/openapi.json"))).at("openapi") == "3.1.0");
  for (const auto* path : {"/nothing", "/api/v2/jobs", "/api/v1/", "/api/v1/nothing", "/api/v1/jobs/bank0",
                           "/api/v1/jobs/bank0/no-uuid/stop", "/metrics/x", "/assets/../metrics"})
    CHECK_MESSAGE(answer_of(*api, get(path)).status / 100 == 4, path);
  CHECK(answer_of(*api, change("POST", "/api/v1/status", "{}")).status == 405);
  CHECK(answer_of(*api, change("DELETE", "/api/v1/jobs", "")).status == 405);
  CHECK(answer_of(*api, change("POST", "/", "")).status == 405);
  CHECK(answer_of(*api, get("/api/v1/updates")).status == 426);
}

TEST_CASE("ready says why not: starting, a silent source, a broker away, a job in error, a publisher that fails") {
  view_fixture f;
  bool running = false;
  f.links.running = [&] { return running; };
  auto api = f.api();
  const auto reasons = [&] { return whats(json_of(answer_of(*api, get("/ready")))); };
  using words = std::vector<std::string>;
  CHECK(reasons() == words{"starting"});
  CHECK(answer_of(*api, get("/live")).status == 200);
  CHECK(answer_of(*api, get("/ready")).status == 503);
  running = true;
  CHECK(reasons().empty());
  f.report(quiet_report());
  f.clock->time = f.clock->time + duration{10'000'000'000};
  f.report(quiet_report());
  CHECK(reasons().empty());
  auto silent = quiet_report();
  silent.no_data_seconds = 48.4;
  silent.silent = {{"bank0", 48.4}};
  f.report(silent);
  CHECK(reasons() == words{"source_silent"});
  CHECK(json_of(answer_of(*api, get("/ready"))).at("reasons")[0].at("text") == "NO DATA for 48 s");
  silent.messages_received = 0;
  f.report(silent);
  CHECK(json_of(answer_of(*api, get("/ready"))).at("reasons")[0].at("text") == "NO DATA for 48 s, since the start");
  auto away = quiet_report();
  away.awaits = "Kafka broker has been away for 5 s";
  away.results_failed = 3;
  f.report(away);
  CHECK(reasons() == words{"broker_away", "publisher_failing"});
  f.latest->take_jobs("detector_data", std::vector{beat_of(bank, job_state::error)});
  CHECK(reasons() == words{"job_in_error", "broker_away", "publisher_failing"});
  // Well again.
  f.clock->time = f.clock->time + duration{31'000'000'000};
  away.awaits.clear();
  away.messages_received = 6;
  f.report(away);
  f.latest->take_jobs("detector_data", std::vector{beat_of(bank)});
  CHECK(reasons().empty());
  CHECK(answer_of(*api, get("/ready")).status == 200);
  // Nobody reports any more: that is worse.
  f.clock->time = f.clock->time + duration{16'000'000'000};
  CHECK(answer_of(*api, get("/live")).status == 503);
  CHECK(reasons().front() == "no_report");
}

TEST_CASE("what is silent is told by the report, not by a rule of the interface; one silent source is a warning") {
  view_fixture f;
  f.report(quiet_report());
  f.clock->time = f.clock->time + duration{14'000'000'000};
  // No message since: a source that is slow by nature.
  f.report(quiet_report());
  auto api = f.api();
  CHECK(answer_of(*api, get("/ready")).status == 200);
  auto one = quiet_report();
  one.silent = {{"bank1", 7}};
  f.report(one);
  const auto answer = answer_of(*api, get("/ready"));
  CHECK(answer.status == 200);
  CHECK(json_of(answer).at("warnings") == json{"source bank1 has been silent for 7 s"});
}

TEST_CASE("silence of a source that is no live one is no fault") {
  view_fixture f;
  f.who.live_source = false;
  auto silent = quiet_report();
  silent.no_data_seconds = 100;
  f.report(silent);
  CHECK(answer_of(*f.api(), get("/ready")).status == 200);
  CHECK(json_of(answer_of(*f.api(), get("/api/v1/status"))).at("data_age_s").is_null());
}

TEST_CASE("the status tells of rates, lag, the run, and what is wrong in one sentence") {
  view_fixture f;
  auto r = quiet_report();
  r.elapsed_seconds = 1;
  f.report(r);
  f.clock->time = f.clock->time + duration{2'000'000'000};
  r.messages_received = 25;
  r.events_per_second = 1e6;
  r.lag = {5, 60, 60};
  r.recent_lag = {0.1, 0.2, 0.3};
  r.events_dropped = 7;
  f.report(r);
  f.latest->take(viewed_run{"run 5", {1'000'000'000}, std::nullopt});
  const auto s = json_of(answer_of(*f.api(), get("/api/v1/status")));
  CHECK(s.at("instrument") == "small");
  CHECK(s.at("messages_per_s") == 10);
  CHECK(s.at("events_per_s") == 1e6);
  CHECK(s.at("lag").at("p99_s") == 0.2);
  CHECK(s.at("lag").at("last_s") == 0);
  r.no_data_seconds = 48;
  f.report(r);
  f.clock->time = f.clock->time + duration{2'000'000'000};
  CHECK(json_of(answer_of(*f.api(), get("/api/v1/status"))).at("lag").at("last_s").is_null());
  CHECK(s.at("run") == json{{"name", "run 5"}, {"start_time", 1.0}, {"stop_time", nullptr}});
  CHECK(s.at("control") == true);
  REQUIRE(s.at("problems").size() == 1);
  CHECK(s.at("problems")[0].at("severity") == "warning");
}

TEST_CASE("a job is listed with its outputs, their form and kind, and how it was asked for") {
  view_fixture f;
  data_array series;
  series.data = make_vector<double>("time", {1, 2}, "K");
  series.set_coord("time", make_vector<std::int64_t>("time", {1, 2}, "datetime64[ns]"));
  data_array scalar;
  scalar.data = make_scalar(3.0, "counts");
  f.publish(result_of(bank, {{"cumulative", image_of({1, 2, 3, 4}, 2, 2)}, {"log", series}, {"total", scalar}}));
  f.latest->take_wish(bank, {plain_workflow, {{"group", {{"x", 1}}}}});
  const auto jobs = json_of(answer_of(*f.api(), get("/api/v1/jobs"))).at("jobs");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].at("id") == to_string(bank));
  CHECK(jobs[0].at("title") == "Plain");
  CHECK(jobs[0].at("state") == "active");
  CHECK(jobs[0].at("service") == "detector_data");
  CHECK(jobs[0].at("params").at("group").at("x") == 1);
  const auto& outputs = jobs[0].at("outputs");
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[0].at("kind") == "image");
  CHECK(outputs[0].at("shape") == json{2, 2});
  CHECK(outputs[0].at("unit") == "counts");
  CHECK(outputs[0].at("dtype") == "float64");
  CHECK(outputs[1].at("kind") == "timeseries");
  CHECK(outputs[2].at("kind") == "scalar");
}

TEST_CASE("the status of a service makes its list of jobs: those that are gone go, those of others stay") {
  view_fixture f;
  const auto other = job_named("bank1");
  f.publish(result_of(bank, {{"cumulative", image_of({1}, 1, 1)}}));
  f.latest->take_jobs("monitor_data", std::vector{beat_of(other)});
  CHECK(f.latest->jobs().size() == 2);
  view_sink sink(f.latest, f.clock);
  service_heartbeat service;
  service.service_name = "detector_data";
  const auto third = job_named("bank2");
  const x5f2::sender self{"1", "here", 1};
  const std::vector<outgoing_message> said{
    {channel::heartbeat, "", make_payload(x5f2::write(beat_of(third, job_state::error), self))},
    {channel::heartbeat, "detector_data", make_payload(x5f2::write(service, self))}};
  sink.send(said);
  const auto jobs = f.latest->jobs();
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].id == other);
  CHECK(jobs[1].id == third);
  CHECK(jobs[1].status->state == job_state::error);
  // Shards of a service are services of their own here, and what is of none that there is goes.
  const std::vector<std::string> services{"monitor_data", "detector_data.3"};
  f.latest->take_services(services);
  REQUIRE(f.latest->jobs().size() == 1);
  CHECK(f.latest->jobs()[0].id == other);
  CHECK(!f.latest->output(bank, "cumulative"));
}

TEST_CASE("how a job of a dashboard was asked for is learnt from its command") {
  view_fixture f;
  start_command c;
  c.message_id = "1";
  c.workflow = plain_workflow;
  c.job = bank;
  c.params = {{"a", 1}};
  learn_from({"small_livedata_commands", {}, make_payload(commands::write(c))}, *f.latest);
  learn_from({"small_livedata_commands", {}, make_payload({std::byte{'{'}})}, *f.latest);
  learn_from({"small_filewriter", {}, make_payload({std::byte{1}})}, *f.latest);
  learn_from({"small_detector", {}, nullptr}, *f.latest);
  f.latest->take_jobs("detector_data", std::vector{beat_of(bank)});
  CHECK(f.latest->job(bank)->wish->params == json{{"a", 1}});
}

TEST_CASE("an output comes as the da00 bytes themselves, as JSON, and at the size of a view") {
  view_fixture f;
  const auto result = result_of(bank, {{"cumulative", image_of({1, 2, 3, 4}, 2, 2)}});
  f.publish(result);
  auto api = f.api();
  const auto path = bank_path + "/outputs/cumulative";
  const auto raw = answer_of(*api, get(path));
  CHECK(raw.status == 200);
  CHECK(raw.payload == result->outputs[0].message);
  const auto as_json = json_of(answer_of(*api, get(path + "?format=json")));
  CHECK(as_json.at("values") == json{1.0, 2.0, 3.0, 4.0});
  CHECK(as_json.at("dims") == json{"y", "x"});
  CHECK(as_json.at("unit") == "counts");
  const auto small = answer_of(*api, get(path + "?format=json&max_size=1x1"));
  CHECK(json_of(small).at("values") == json::array({10.0}));
  CHECK(std::ranges::find(small.headers, std::pair<std::string, std::string>("X-Livedata-Scaled", "2,2")) !=
        small.headers.end());
  CHECK(answer_of(*api, get(path + "?max_size=2x2")).payload == result->outputs[0].message);
  CHECK(answer_of(*api, get(path + "?format=xml")).status == 400);
  for (const auto* size : {"0x1", "1", "x", "1x", "1x1x1", "-1x1", "1000000x1", "1.5x2"})
    CHECK_MESSAGE(answer_of(*api, get(path + "?max_size=" + size)).status == 400, size);
  CHECK(answer_of(*api, get(bank_path + "/outputs/none")).status == 404);
  CHECK(answer_of(*api, get("/api/v1/jobs/bank9/" + to_string(bank.job_number) + "/outputs/cumulative")).status == 404);
}

TEST_CASE("an output that has not changed is not sent again to who has it") {
  view_fixture f;
  f.publish(result_of(bank, {{"cumulative", image_of({1}, 1, 1)}}));
  auto api = f.api();
  auto request = get(bank_path + "/outputs/cumulative");
  const auto first = answer_of(*api, request);
  const auto tag = std::ranges::find(first.headers, "ETag", [](const auto& h) { return h.first; });
  REQUIRE(tag != first.headers.end());
  request.headers["if-none-match"] = tag->second;
  CHECK(answer_of(*api, request).status == 304);
  f.publish(result_of(bank, {{"cumulative", image_of({2}, 1, 1)}}));
  CHECK(answer_of(*api, request).status == 200);
}

TEST_CASE("values that are no finite numbers are null in JSON, and variances come with them") {
  view_fixture f;
  auto a = image_of({1, std::nan("")}, 1, 2);
  a.variances = std::vector<double>{4, 9};
  a.set_coord("x", make_vector<double>("x", {0, 1, 2}, "m"));
  f.publish(result_of(bank, {{"cumulative", a}}));
  const auto j = json_of(answer_of(*f.api(), get(bank_path + "/outputs/cumulative?format=json")));
  CHECK(j.at("values") == json{1.0, nullptr});
  CHECK(j.at("variances") == json{4.0, 9.0});
  CHECK(j.at("coords").at("x").at("unit") == "m");
}

TEST_CASE("a job is started by the way of all commands, and its answer has the id") {
  view_fixture f;
  auto api = f.api();
  const auto r = answer_of(*api, change("POST", "/api/v1/jobs",
                                        R"({"workflow": "small/plain/1", "source": "bank1", "params": {"a": {"b": 2}},
                                            "aux_source_names": {"m": "x"}, "start_time": 5, "end_time": null})"));
  CHECK(r.status == 201);
  REQUIRE(f.commands.size() == 1);
  const auto& c = std::get<start_command>(f.commands[0]);
  CHECK(c.workflow == plain_workflow);
  CHECK(c.job.source_name == "bank1");
  CHECK(c.params == json{{"a", {{"b", 2}}}});
  CHECK(c.schedule.start == timestamp{5'000'000'000});
  CHECK(!c.schedule.end);
  CHECK(c.aux_source_names == std::vector<std::pair<std::string, std::string>>{{"m", "x"}});
  CHECK(json_of(r).at("id") == to_string(c.job));
}

TEST_CASE("a job that cannot be started is refused with the fields that are wrong") {
  view_fixture f;
  auto api = f.api();
  const auto fields_of = [&](const std::string& body) {
    const auto r = answer_of(*api, change("POST", "/api/v1/jobs", body));
    CHECK(r.status == 422);
    std::vector<std::string> out;
    const auto answer = json_of(r);
    for (const auto& field : answer.at("fields"))
      out.push_back(field.at("path"));
    return out;
  };
  using words = std::vector<std::string>;
  CHECK(fields_of("{}") == words{"workflow", "source"});
  CHECK(fields_of(R"({"workflow": "small/none/1", "source": "bank0"})") == words{"workflow"});
  CHECK(fields_of(R"({"workflow": "small/plain/1", "source": "bank9"})") == words{"source"});
  CHECK(fields_of(
          R"({"workflow": "small/plain/1", "source": "bank0", "params": 3, "job_number": "x", "start_time": "a"})") ==
        words{"params", "start_time", "job_number"});
  CHECK(f.commands.empty());
  f.problem =
    "2 problems: 'toa_edges.num_bins' is 0, but must be a whole number from 1 to 10; 'toa_edges.unit' is \"x\", but "
    "must be one of: ns, us";
  CHECK(fields_of(R"({"workflow": "small/plain/1", "source": "bank0"})") ==
        words{"params.toa_edges.num_bins", "params.toa_edges.unit"});
  CHECK(answer_of(*api, change("POST", "/api/v1/jobs", "[1]")).status == 400);
  CHECK(answer_of(*api, change("POST", "/api/v1/jobs", "{")).status == 400);
  CHECK(answer_of(*api, change("POST", "/api/v1/jobs", std::string(100'000, '['))).status == 400);
}

TEST_CASE("fields are found in the texts of workflows, and nowhere else") {
  using fields = std::vector<std::pair<std::string, std::string>>;
  CHECK(fields_of_problem("'a.b' is 1, but must be 2") == fields{{"a.b", "is 1, but must be 2"}});
  CHECK(fields_of_problem("2 problems: 'a' is unknown (did you mean 'b'?); known here: b; 'c.d' is missing") ==
        fields{{"a", "is unknown (did you mean 'b'?); known here: b"}, {"c.d", "is missing"}});
  CHECK(fields_of_problem("the file 'x' is damaged").empty());
  CHECK(fields_of_problem("'").empty());
  CHECK(fields_of_problem("").empty());
}

TEST_CASE("jobs are stopped, reset, paused and resumed; what is refused says why") {
  view_fixture f;
  auto api = f.api();
  CHECK(answer_of(*api, change("POST", bank_path + "/stop", "")).status == 404);
  f.latest->take_jobs("detector_data", std::vector{beat_of(bank)});
  for (const auto& [name, action] : {std::pair("stop", job_action::stop), std::pair("reset", job_action::reset),
                                     std::pair("pause", job_action::pause), std::pair("resume", job_action::resume)}) {
    CHECK(answer_of(*api, change("POST", bank_path + "/" + name, "")).status == 200);
    CHECK(std::get<job_command>(f.commands.back()).action == action);
    CHECK(std::get<job_command>(f.commands.back()).job == bank);
  }
  CHECK(answer_of(*api, change("POST", bank_path + "/fly", "")).status == 404);
  CHECK(answer_of(*api, get(bank_path + "/stop")).status == 405);
  f.problem = "Job bank0 does not support reset.";
  CHECK(answer_of(*api, change("POST", bank_path + "/reset", "")).status == 409);
  f.problem = "this service has no such workflow, or no such job";
  CHECK(answer_of(*api, change("POST", bank_path + "/reset", "")).status == 404);
}

TEST_CASE("regions go out as the dashboard sends them, and are read back from the results") {
  view_fixture f;
  f.publish(result_of(bank, {{"roi_rectangle", empty_roi_request(roi_shape::rectangle, "m", "m")},
                             {"roi_polygon", regions_array("vertex", {0, 1, 0}, {0, 0, 1}, {4, 4, 4}, "m")}}));
  auto api = f.api();
  const auto there = json_of(answer_of(*api, get(bank_path + "/regions")));
  CHECK(there.at("rectangles").empty());
  CHECK(there.at("rectangle_axes").at("x_unit") == "m");
  CHECK(there.at("polygons")[0].at("index") == 4);
  CHECK(there.at("polygons")[0].at("x") == json{0.0, 1.0, 0.0});

  const auto r =
    answer_of(*api, change("PUT", bank_path + "/regions",
                           R"({"rectangles": [{"x_min": 0, "x_max": 1, "y_min": 2, "y_max": 3, "x_unit": "m",
                                            "y_unit": "m"}, {"index": 3, "x_min": 10, "x_max": 11.5, "y_min": 2, "y_max": 3,
                                            "x_unit": "m", "y_unit": "m"}], "polygons": []})"));
  CHECK(r.body() == "{}\n");
  REQUIRE(f.regions.size() == 2);
  CHECK(f.regions[0].first == to_string(bank) + "/roi_rectangle");
  CHECK(f.regions[1].first == to_string(bank) + "/roi_polygon");
  const auto sent = da00::read(f.regions[0].second->bytes());
  REQUIRE(sent);
  CHECK(sent->source_name == f.regions[0].first);
  CHECK(sent->time.ns == 0);
  auto expected = regions_array("bounds", {0, 1, 10, 11.5}, {2, 3, 2, 3}, {0, 0, 3, 3}, "m");
  CHECK(sent->data == expected);
  CHECK(da00::read(f.regions[1].second->bytes())->data ==
        empty_roi_request(roi_shape::polygon, "dimensionless", "dimensionless"));
}

TEST_CASE("regions that make no sense are refused at the field that is wrong, and nothing is sent") {
  view_fixture f;
  f.publish(result_of(bank, {{"roi_rectangle", empty_roi_request(roi_shape::rectangle, "m", "m")}}));
  auto api = f.api();
  const auto field = [&](const std::string& body) {
    const auto r = answer_of(*api, change("PUT", bank_path + "/regions", body));
    CHECK(r.status == 422);
    return json_of(r).at("fields").at(0).at("path").get<std::string>();
  };
  const auto rectangle = [](const std::string& more) {
    return R"({"rectangles": [{"x_min": 0, "x_max": 1, "y_min": 2, "y_max": 3)" + more + "}]}";
  };
  CHECK(field(R"({"rectangles": [{"x_min": 1, "x_max": 0, "y_min": 2, "y_max": 3}]})") == "rectangles.0.x_max");
  CHECK(field(R"({"rectangles": [{"x_min": 1, "x_max": 2, "y_min": 2}]})") == "rectangles.0.y_max");
  CHECK(field(rectangle(R"(, "x_unit": "K")")) == "rectangles.0.x_unit");
  CHECK(field(rectangle(R"(, "index": -1)")) == "rectangles.0.index");
  CHECK(field(R"({"polygons": [{"x": [1, 2], "y": [1, 2]}]})") == "polygons.0.x");
  CHECK(field(R"({"polygons": [{"x": [1, 2, "a"], "y": [1, 2, 3]}]})") == "polygons.0.x");
  CHECK(field(R"({"circles": []})") == "circles");
  CHECK(field(R"({"rectangles": 3})") == "rectangles");
  CHECK(f.regions.empty());
  f.publish(result_of(job_named("bank1"), {{"cumulative", image_of({1}, 1, 1)}}));
  const auto other = "/api/v1/jobs/bank1/" + to_string(bank.job_number) + "/regions";
  CHECK(answer_of(*api, get(other)).status == 404);
  CHECK(answer_of(*api, change("PUT", other, "{}")).status == 409);
}

TEST_CASE("history keeps the last hour, five seconds apart") {
  view_fixture f;
  for (int i = 0; i < 4000; ++i) {
    f.report(quiet_report());
    f.clock->time = f.clock->time + duration{1'000'000'000};
  }
  const auto h = json_of(answer_of(*f.api(), get("/api/v1/history")));
  CHECK(h.at("time").size() == 720);
  CHECK(h.at("lag_p99_s").size() == 720);
  CHECK(h.at("time")[1].get<double>() - h.at("time")[0].get<double>() == doctest::Approx(5));
}

TEST_CASE("rates of the history are means between its points, and there is no lag before the first result") {
  view_fixture f;
  run_report r;
  for (int second = 0; second < 11; ++second) {
    f.report(r);
    f.clock->time = f.clock->time + duration{1'000'000'000};
    // The rates of single reports jump, as they do for batches of a second.
    r.elapsed_seconds += 1;
    if (second % 2 == 0) {
      r.messages_received += 100;
      r.events_processed += 2000;
    }
    r.results = 18;
    r.recent_lag = {0.1, 0.2, 0.3};
  }
  const auto h = json_of(answer_of(*f.api(), get("/api/v1/history")));
  CHECK(h.at("lag_p50_s") == json{nullptr, 0.1, 0.1});
  CHECK(h.at("messages_per_s") == json{0.0, 60.0, 40.0});
  CHECK(h.at("events_per_s") == json{0.0, 1200.0, 800.0});
}

TEST_CASE("lines of the log are given as far as they are asked for") {
  view_fixture f;
  f.links.log = [](std::size_t most) { return json::array({most}); };
  auto api = f.api();
  CHECK(json_of(answer_of(*api, get("/api/v1/log"))).at("lines")[0] == 200);
  CHECK(json_of(answer_of(*api, get("/api/v1/log?lines=7"))).at("lines")[0] == 7);
  for (const auto* n : {"-1", "x", "2001", "99999999999999999999999", "1x"})
    CHECK_MESSAGE(answer_of(*api, get(std::string("/api/v1/log?lines=") + n)).status == 400, n);
}

TEST_CASE("metrics go out without time stamps, whatever stands in their labels") {
  CHECK(without_time_stamps("# HELP a b 12\na 1 1700000000000\nb{x=\"c 3\"} 2.5 1700000000000\nc{y=\"} 4 5\"} 6\n") ==
        "# HELP a b 12\na 1\nb{x=\"c 3\"} 2.5\nc{y=\"} 4 5\"} 6\n");
  CHECK(without_time_stamps("").empty());
  CHECK(without_time_stamps("a 1") == "a 1");
}

TEST_CASE("whatever bytes a request is made of, there is an answer") {
  view_fixture f;
  f.publish(result_of(bank, {{"cumulative", image_of({1, 2}, 1, 2)}}));
  auto api = f.api();
  std::mt19937 rng(7);
  const std::vector<std::string> parts{"/api/v1/jobs/",
                                       "/",
                                       "bank0",
                                       to_string(bank.job_number),
                                       "outputs/cumulative",
                                       "?format=json",
                                       "&max_size=",
                                       "%",
                                       "%2F",
                                       "..",
                                       "\x80",
                                       "regions",
                                       "{\"rectangles\":[",
                                       "{\"x_min\":1}",
                                       "]}",
                                       "1x1",
                                       "\"",
                                       "null",
                                       "token="};
  const auto text = [&] {
    std::string out;
    for (auto n = rng() % 7; n > 0; --n)
      out += rng() % 4 == 0 ? std::string(1, static_cast<char>(rng())) : parts[rng() % parts.size()];
    return out;
  };
  const std::vector<std::string> methods{"GET", "POST", "PUT", "HEAD", "BREW", ""};
  for (int i = 0; i < 20'000; ++i) {
    auto r = change(methods[rng() % methods.size()], (rng() % 4 == 0 ? "" : "/api/v1/jobs/bank0/") + text(), text());
    const auto answer = answer_of(*api, r);
    CHECK(answer.status >= 200);
    CHECK(answer.status != 500);
  }
}

} // namespace view_api_test
