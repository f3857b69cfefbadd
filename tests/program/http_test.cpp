// The program with its server: page, health, interface, and what is refused at the start.
#include "program/loopback.hpp"
#include "program/run_program.hpp"
#include "support/raw_client.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <functional>
#include <sys/stat.h>

namespace http_test {

using namespace livedata::test;
using nlohmann::json;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The program on a port of its own, as long as it lives.
class served {
public:
  explicit served(std::vector<std::string> more = {})
    : port_(free_port()), program_(args(port_, std::move(more)), folder_.path()) {}

  program& running() { return program_; }

  std::uint16_t port() const { return port_; }

  raw_client::answer ask(const std::string& method, const std::string& target, const std::string& body = {},
                         const std::string& headers = {}) {
    try {
      raw_client c(port_);
      return c.ask(method, target, headers, body).value_or(raw_client::answer{});
    } catch (const std::runtime_error&) {
      return {};
    }
  }

  // Asks until the answer is as wanted, for a minute at most.
  bool comes(const std::string& target, const std::function<bool(const raw_client::answer&)>& wanted) {
    for (int i = 0; i < 600 && !program_.ended(); ++i) {
      if (wanted(ask("GET", target))) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  json get(const std::string& target) { return json::parse(ask("GET", target).body); }

  outcome end(int signal = SIGTERM) {
    program_.signal(signal);
    return program_.wait();
  }

private:
  static std::vector<std::string> args(std::uint16_t port, std::vector<std::string> more) {
    std::vector<std::string> all{"--instrument=dummy", "--rate=1e4", "--display=none",
                                 "--http-port=" + std::to_string(port)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  scratch_folder folder_;
  std::uint16_t port_;
  program program_;
};

outcome run_beside(const std::string& name, const std::vector<std::string>& arguments) {
  surroundings around;
  around.program = name;
  return run(arguments, around);
}

bool has_results(const raw_client::answer& a) {
  if (a.status != 200) return false;
  const auto jobs = json::parse(a.body).at("jobs");
  return !jobs.empty() && !jobs[0].at("outputs").empty();
}

json job_with(const json& jobs, const std::string& id) {
  for (const auto& j : jobs.at("jobs"))
    if (j.at("id") == id) return j;
  return nullptr;
}

} // namespace

TEST_CASE("the engine answers over HTTP: page, health, metrics, status, jobs, outputs, history, log") {
  served s;
  REQUIRE(s.comes("/ready", [](const auto& a) { return a.status == 200; }));
  REQUIRE(s.comes("/api/v1/jobs", has_results));
  CHECK(s.ask("GET", "/live").status == 200);
  CHECK(holds(s.ask("GET", "/").head, "text/html"));
  const auto metrics = s.ask("GET", "/metrics");
  CHECK(holds(metrics.body, "livedata_batches_total{service=\"detector_data\"}"));
  CHECK(holds(metrics.body, "livedata_http_requests_total{outcome=\"answered\"}"));
  CHECK(json::parse(s.ask("GET", "/api/v1/openapi.json").body).at("paths").contains("/api/v1/jobs"));
  const auto status = s.get("/api/v1/status");
  CHECK(status.at("instrument") == "dummy");
  CHECK(status.at("control") == false);
  CHECK(status.at("live_source") == true);
  const auto jobs = s.get("/api/v1/jobs");
  const auto& job = jobs.at("jobs")[0];
  CHECK(job.at("params").is_object());
  const auto base =
    "/api/v1/jobs/" + job.at("source").get<std::string>() + "/" + job.at("job_number").get<std::string>();
  const auto name = job.at("outputs")[0].at("name").get<std::string>();
  const auto output = json::parse(s.ask("GET", base + "/outputs/" + name + "?format=json").body);
  CHECK(output.at("dims") == job.at("outputs")[0].at("dims"));
  CHECK(s.ask("GET", base + "/outputs/" + name + "?format=hdf5").body.substr(1, 3) == "HDF");
  CHECK(s.comes("/api/v1/history", [](const auto& a) { return !json::parse(a.body).at("time").empty(); }));
  CHECK(holds(s.get("/api/v1/log").at("lines").dump(), "service_running"));
  CHECK(!s.get("/api/v1/workflows").at("workflows").empty());
  CHECK(holds(s.ask("GET", "/api/v1/table?columns=80&rows=20").body, "panel_0"));
  CHECK(s.ask("GET", "/api/v1/table?columns=wide").status == 400);
  CHECK(holds(s.ask("GET", "/api/v1/configuration").body, "instrument = \"dummy\""));
  // It only shows.
  CHECK(s.ask("POST", base + "/stop", "{}").status == 403);
  const auto o = s.end();
  CAPTURE(o.err);
  CHECK(o.exit_code == 0);
  CHECK(holds(o.err, "http_listening address=\"http://127.0.0.1:" + std::to_string(s.port())));
}

TEST_CASE("with control jobs are started, reset, paused and stopped over HTTP, and wrong ones refused at their field") {
  served s({"--view.control=true", "--job-set=none"});
  REQUIRE(s.comes("/live", [](const auto& a) { return a.status == 200; }));
  REQUIRE(s.comes("/api/v1/status", [](const auto& a) { return a.status == 200; }));
  json workflow;
  const auto listed = s.get("/api/v1/workflows");
  for (const auto& w : listed.at("workflows"))
    if (w.at("name") == "panel_0_xy") workflow = w;
  REQUIRE(!workflow.is_null());
  json start{{"workflow", workflow.at("id")}, {"source", "panel_0"}};
  const auto started = s.ask("POST", "/api/v1/jobs", start.dump());
  CAPTURE(started.body);
  REQUIRE(started.status == 201);
  const auto id = json::parse(started.body).at("id").get<std::string>();
  const auto base = "/api/v1/jobs/" + id;
  REQUIRE(s.comes("/api/v1/jobs", [&](const auto& a) {
    const auto j = a.status == 200 ? job_with(json::parse(a.body), id) : json();
    return !j.is_null() && j.at("state") == "active" && !j.at("outputs").empty();
  }));

  start["params"] = {{"toa_edges", {{"num_bins", -3}}}};
  const auto refused = s.ask("POST", "/api/v1/jobs", start.dump());
  CAPTURE(refused.body);
  CHECK(refused.status == 422);
  CHECK(json::parse(refused.body).at("fields").at(0).at("path") == "params.toa_edges.num_bins");

  // Regions drawn here are seen in the results, with their spectra.
  const auto regions =
    s.ask("PUT", base + "/regions", R"({"rectangles": [{"x_min": 10, "x_max": 50, "y_min": 20, "y_max": 60}]})");
  CAPTURE(regions.body);
  CHECK(regions.status == 200);
  CHECK(s.comes(base + "/regions",
                [](const auto& a) { return a.status == 200 && json::parse(a.body).at("rectangles").size() == 1; }));
  CHECK(s.comes(base + "/outputs/roi_spectra_cumulative?format=json",
                [](const auto& a) { return a.status == 200 && json::parse(a.body).at("shape")[0] == 1; }));

  for (const auto* action : {"reset", "pause", "resume", "stop"})
    CHECK_MESSAGE(s.ask("POST", base + "/" + action, "{}").status == 200, action);
  CHECK(s.comes("/api/v1/jobs",
                [&](const auto& a) { return a.status == 200 && job_with(json::parse(a.body), id).is_null(); }));
  CHECK(s.ask("POST", base + "/stop", "{}").status == 404);
  CHECK(s.ask("POST", "/api/v1/jobs", start.dump(), "Origin: http://evil.example.org\r\n").status == 403);
  CHECK(s.end().exit_code == 0);
}

TEST_CASE("top prints the table of a running engine, and bundle packs what is known of it, without secrets") {
  served s({"--kafka.properties=sasl.password=hidden7"});
  REQUIRE(s.comes("/api/v1/jobs", has_results));
  const auto address = "--address=127.0.0.1:" + std::to_string(s.port());
  const auto top = run_beside("livedata-top", {address, "--once"});
  CAPTURE(top.err);
  CHECK(top.exit_code == 0);
  CHECK(holds(top.out, "panel_0"));
  CHECK(holds(top.out, "events/s"));

  scratch_folder folder;
  const auto archive = (folder.path() / "all.tar.gz").string();
  const auto bundle = run_beside("livedata-bundle", {address, "--output=" + archive});
  CAPTURE(bundle.err);
  CHECK(bundle.exit_code == 0);
  CHECK(bundle.out == archive + "\n");
  REQUIRE(std::system(("tar -xzf " + archive + " -C " + folder.path().string() + " --strip-components=1").c_str()) ==
          0);
  for (const auto* file : {"versions.txt", "ready.json", "status.json", "jobs.json", "table.txt", "history.json",
                           "metrics.txt", "configuration.conf", "workflows.json", "log.json", "log.txt"})
    CHECK_MESSAGE(!content_of(folder.path() / file).empty(), file);
  const auto configuration = content_of(folder.path() / "configuration.conf");
  CHECK(holds(configuration, "instrument = \"dummy\""));
  CHECK(holds(configuration, "sasl.password"));
  CHECK_FALSE(holds(configuration, "hidden7"));
  CHECK(holds(content_of(folder.path() / "log.txt"), "service_running"));
  CHECK(holds(content_of(folder.path() / "metrics.txt"), "livedata_build_info"));

  (void)s.end();
  const auto gone = run_beside("livedata-top", {address, "--once"});
  CHECK(gone.exit_code == 1);
  CHECK(holds(gone.err, "no engine answers at 127.0.0.1:"));
  const auto file = folder.write("my.conf", "livedata { instrument = \"loki\" }\n");
  const auto rest = run_beside("livedata-bundle", {address, "--config-file=" + file, "--output=" + archive});
  CHECK(rest.exit_code == 1);
  CHECK(holds(rest.err, "not all is in it"));
  CHECK(std::system(("tar -tzf " + archive + " | grep -q configuration_of_file.conf").c_str()) == 0);
}

TEST_CASE("an HTTP port that is taken, or is that of the metrics too, is refused with exit code 2 and the remedy") {
  listener taken;
  const auto port = std::to_string(taken.port());
  for (const auto& args : {std::vector<std::string>{"--http-port=" + port},
                           std::vector<std::string>{"--http-port=" + port, "--metrics-port=" + port}}) {
    auto all = args;
    all.insert(all.end(), {"--instrument=dummy", "--display=none", "--duration=1"});
    const auto o = run(all);
    CHECK(o.exit_code == 2);
    CHECK(holds(o.err, port));
    CHECK(holds(o.err, "--http-port"));
  }
  CHECK(run({"--instrument=dummy", "--display=none", "--duration=1", "--http-port=0"}).exit_code == 0);
}

TEST_CASE("an address that others reach asks for the token, which is in a file of its owner, and in no log") {
  scratch_folder folder;
  const auto port = free_port();
  program p({"--instrument=dummy", "--rate=1e4", "--display=none", "--log-level=debug", "--http-address=0.0.0.0",
             "--http-port=" + std::to_string(port)},
            folder.path(), {{"XDG_STATE_HOME=" + folder.path().string()}});
  REQUIRE(p.logs("http_listening"));
  const auto file = folder.path() / "livedata/http-token";

  struct stat about {};

  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  auto token = content_of(file);
  token.pop_back();
  raw_client c(port);
  CHECK(c.ask("GET", "/api/v1/status")->status == 401);
  CHECK(c.ask("GET", "/live")->status == 200);
  CHECK(c.ask("GET", "/api/v1/status", "Authorization: Bearer " + token + "\r\n")->status == 200);
  CHECK(c.ask("GET", "/?token=" + token)->status == 303);
  p.signal(SIGTERM);
  const auto o = p.wait();
  CHECK(o.exit_code == 0);
  CHECK(!holds(o.err, token));
}

TEST_CASE("signals end a run at once, whoever is connected") {
  for (auto signal : {SIGINT, SIGTERM}) {
    served s;
    REQUIRE(s.comes("/ready", [](const auto& a) { return a.status == 200; }));
    raw_client viewer(s.port());
    REQUIRE(viewer.ask_for_updates()->status == 101);
    raw_client idle(s.port());
    const auto begin = std::chrono::steady_clock::now();
    CHECK(s.end(signal).exit_code == 0);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  }
}

} // namespace http_test
